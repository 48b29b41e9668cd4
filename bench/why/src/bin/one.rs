#![allow(missing_docs, clippy::print_stdout, clippy::print_stderr)]
use bench_why::{Case, Sort};
fn main() {
    let a: Vec<u64> = std::env::args().skip(1).map(|x| x.parse().unwrap()).collect();
    let case = Case::draw(Sort::Planted, a[1] as usize, a[0]);
    case.debug();
    let period: Vec<Option<bool>> = case.after().iter().map(|x| Some(*x)).collect();
    let answer = profile::why(&case.table(), &period, &case.metric(), &case.options()).unwrap();
    for f in &answer.findings { println!("{} {:?} p {:.1e} adj {:.1e} n {:?} rate {:?} effect {:?}", f.label, f.effect_kind, f.p_value, f.p_adjusted, f.n_rows, f.rate, f.effect); }
    println!("{:?}\n{:?} looked {}", answer.everything_moved, answer.caveats.iter().map(|c| c.to_string()).collect::<Vec<_>>(), answer.n_looked_at);
}
