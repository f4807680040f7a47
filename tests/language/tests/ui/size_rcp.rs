//! A resource control policy longer than its quota.

use iam_dsl::resource_control_policy;

fn main() {
    let _ = resource_control_policy! {
        //~ POLICY_SIZE_EXCEEDS_RCP_QUOTA deny…"arn:aws:s3:::xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx39";
        deny principal * to s3:GetObject on "arn:aws:s3:::xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx0";
        deny principal * to s3:GetObject on "arn:aws:s3:::xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx1";
        deny principal * to s3:GetObject on "arn:aws:s3:::xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx2";
        deny principal * to s3:GetObject on "arn:aws:s3:::xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx3";
        deny principal * to s3:GetObject on "arn:aws:s3:::xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx4";
        deny principal * to s3:GetObject on "arn:aws:s3:::xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx5";
        deny principal * to s3:GetObject on "arn:aws:s3:::xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx6";
        deny principal * to s3:GetObject on "arn:aws:s3:::xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx7";
        deny principal * to s3:GetObject on "arn:aws:s3:::xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx8";
        deny principal * to s3:GetObject on "arn:aws:s3:::xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx9";
        deny principal * to s3:GetObject on "arn:aws:s3:::xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx10";
        deny principal * to s3:GetObject on "arn:aws:s3:::xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx11";
        deny principal * to s3:GetObject on "arn:aws:s3:::xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx12";
        deny principal * to s3:GetObject on "arn:aws:s3:::xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx13";
        deny principal * to s3:GetObject on "arn:aws:s3:::xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx14";
        deny principal * to s3:GetObject on "arn:aws:s3:::xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx15";
        deny principal * to s3:GetObject on "arn:aws:s3:::xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx16";
        deny principal * to s3:GetObject on "arn:aws:s3:::xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx17";
        deny principal * to s3:GetObject on "arn:aws:s3:::xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx18";
        deny principal * to s3:GetObject on "arn:aws:s3:::xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx19";
        deny principal * to s3:GetObject on "arn:aws:s3:::xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx20";
        deny principal * to s3:GetObject on "arn:aws:s3:::xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx21";
        deny principal * to s3:GetObject on "arn:aws:s3:::xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx22";
        deny principal * to s3:GetObject on "arn:aws:s3:::xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx23";
        deny principal * to s3:GetObject on "arn:aws:s3:::xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx24";
        deny principal * to s3:GetObject on "arn:aws:s3:::xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx25";
        deny principal * to s3:GetObject on "arn:aws:s3:::xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx26";
        deny principal * to s3:GetObject on "arn:aws:s3:::xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx27";
        deny principal * to s3:GetObject on "arn:aws:s3:::xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx28";
        deny principal * to s3:GetObject on "arn:aws:s3:::xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx29";
        deny principal * to s3:GetObject on "arn:aws:s3:::xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx30";
        deny principal * to s3:GetObject on "arn:aws:s3:::xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx31";
        deny principal * to s3:GetObject on "arn:aws:s3:::xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx32";
        deny principal * to s3:GetObject on "arn:aws:s3:::xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx33";
        deny principal * to s3:GetObject on "arn:aws:s3:::xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx34";
        deny principal * to s3:GetObject on "arn:aws:s3:::xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx35";
        deny principal * to s3:GetObject on "arn:aws:s3:::xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx36";
        deny principal * to s3:GetObject on "arn:aws:s3:::xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx37";
        deny principal * to s3:GetObject on "arn:aws:s3:::xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx38";
        deny principal * to s3:GetObject on "arn:aws:s3:::xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx39";
    };
}
