//! The receivers that come with the crate.

use std::time::Duration;

use iam_provision::ErrorKind;
#[cfg(feature = "age")]
use iam_provision::sink::AgeFile;
use iam_provision::sink::Child;

use super::Stage;

fn directory(name: &str) -> std::path::PathBuf {
    let path = std::env::temp_dir().join(format!("iam-provision-{name}-{}", std::process::id()));
    std::fs::create_dir_all(&path).unwrap();
    path
}

#[tokio::test]
async fn a_child_process() {
    let stage = Stage::new().await;
    let directory = directory("child");
    let file = directory.join("out");
    let script = format!(
        "umask 077; printf '%s %s %s' \"$IAM_PROVISION_USER\" \"$AWS_ACCESS_KEY_ID\" \"$AWS_SECRET_ACCESS_KEY\" > {}",
        file.display()
    );
    let sink = Child::new("sh").arg("-c").arg(&script);
    stage
        .rotation()
        .keep_inactive(Duration::ZERO)
        .run(&sink)
        .await
        .unwrap();
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::remove_dir_all(&directory).unwrap();
    let parts: Vec<&str> = text.split(' ').collect();
    assert_eq!(parts[0], super::USER);
    assert!(stage.works(parts[1], parts[2]).await);

    // A child that fails has not taken the key.
    let stage = Stage::new().await;
    let error = stage
        .rotation()
        .advance(&Child::new("false"))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::SecretNotDelivered);
    assert!(error.to_string().contains("false ended with"), "{error}");
    let error = stage
        .rotation()
        .advance(&Child::new("no-such-program-here"))
        .await
        .unwrap_err();
    assert!(error.to_string().contains("cannot be started"), "{error}");
    assert_eq!(stage.keys().await, [(stage.old.0.clone(), true)]);
}

/// Decrypted with the identity, and with no other; mode 0600; nothing beside it.
#[cfg(feature = "age")]
#[tokio::test]
async fn an_age_file() {
    use age::secrecy::ExposeSecret as _;
    let stage = Stage::new().await;
    let directory = directory("age");
    let identity = age::x25519::Identity::generate();
    assert!(
        identity
            .to_string()
            .expose_secret()
            .starts_with("AGE-SECRET-KEY-")
    );
    let sink = AgeFile::new(&directory, &identity.to_public().to_string()).unwrap();
    // A second secret of the same user takes the first one's place.
    for _ in 0..2 {
        stage
            .rotation()
            .keep_inactive(Duration::ZERO)
            .run(&sink)
            .await
            .unwrap();
    }
    let files: Vec<_> = std::fs::read_dir(&directory)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    let [file] = files.as_slice() else {
        panic!("{files:?}");
    };
    assert!(
        file.ends_with("111122223333-my_app_user.key.age"),
        "{file:?}"
    );
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(
            std::fs::metadata(file).unwrap().permissions().mode() & 0o777,
            0o600
        );
    }
    let bytes = std::fs::read(file).unwrap();
    std::fs::remove_dir_all(&directory).unwrap();
    assert!(age::decrypt(&age::x25519::Identity::generate(), &bytes).is_err());
    let text = age::decrypt(&identity, &bytes).unwrap();
    let value: serde_json::Value = serde_json::from_slice(&text).unwrap();
    assert_eq!(
        (&value["Version"], &value["User"]),
        (&1.into(), &"my_app_user".into())
    );
    let (id, secret) = (
        value["AccessKeyId"].as_str().unwrap(),
        value["SecretAccessKey"].as_str().unwrap(),
    );
    assert!(stage.works(id, secret).await);
    assert!(
        !bytes
            .windows(secret.len())
            .any(|window| window == secret.as_bytes())
    );
    // A directory that is not there: told, and the old key is as it was.
    let keys = stage.keys().await;
    let sink = AgeFile::new(directory.join("missing"), &identity.to_public().to_string()).unwrap();
    let error = stage.rotation().advance(&sink).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::SecretNotDelivered);
    assert!(error.to_string().contains("cannot be written"), "{error}");
    assert_eq!(stage.keys().await, keys);
}
