//! The list of points over HTTP. Who has which is printed by `cargo run -p
//! wire-tests --bin conformance`.

use iam_conformance::{Column, List, Outcome};
use wire_tests::conformance::column;

async fn of(server: &str) -> (List, Column) {
    let list = List::documented().unwrap();
    let column = column(&list, server).await.unwrap();
    println!("{server}: {} of {} points", column.held(), list.len());
    (list, column)
}

/// Over HTTP and with checked signatures the sandbox has what it has in the
/// process.
#[tokio::test]
async fn the_sandboxs_server_has_every_point() {
    let (list, column) = of("loopback").await;
    let (_, in_process) = of("sandbox").await;
    let points = list.families().iter().flat_map(|family| &family.points);
    for ((point, over_http), in_process) in points.zip(&column.outcomes).zip(&in_process.outcomes) {
        assert_eq!(over_http, in_process, "{}", point.says);
    }
}

/// What the others have is for the table; that they can be asked at all is
/// tested: a runner that fails everywhere would flatter the sandbox.
#[tokio::test]
async fn moto_can_be_asked() {
    many(&of("moto").await);
}

#[tokio::test]
async fn ministack_can_be_asked() {
    many(&of("ministack").await);
}

fn many((list, column): &(List, Column)) {
    assert!(column.held() > list.len() / 3);
    let unreachable = column.outcomes.iter().find(
        |outcome| matches!(outcome, Outcome::Differs(what) if what.contains("no answer came")),
    );
    assert_eq!(unreachable, None);
}
