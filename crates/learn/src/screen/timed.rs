use super::*;
#[test]
fn timed() {
    let (n, width) = (40_000_usize, 591_usize);
    let mut state = 1_u64;
    let mut draw = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (state >> 33) as f64 / f64::from(1_u32 << 31)
    };
    let data: Vec<f64> = (0..n * width).map(|i| if i / n % 3 == 0 { (draw() * 40.0).floor() } else { draw() * 1000.0 }).collect();
    let y: Vec<f64> = (0..n).map(|_| f64::from(draw() < 0.3)).collect();
    let x = Matrix::new(n, (0..width).map(|i| format!("f{i}")).collect(), data).unwrap();
    let customers: Vec<String> = (0..n).map(|row| format!("{}", row % 4_000)).collect();
    let families: Vec<String> = (0..width).map(|i| format!("{}", i / 50)).collect();
    let starts: Vec<usize> = (0..10).map(|i| i * 4_000).collect();
    let tally = Tally::new(width);
    let input = ScreenInput { x: &x, y: &y, customers: &customers, starts: &starts, families: &families, others: &tally, scoring: &tally };
    let cpu = || std::fs::read_to_string("/proc/thread-self/schedstat").unwrap().split(' ').next().unwrap().parse::<f64>().unwrap() / 1e9;
    let before = cpu();
    let found = screen(&input).unwrap();
    eprintln!("CPU s {}", cpu() - before);
    let before = cpu();
    let _ = found.correlations.groups();
    eprintln!("groups CPU s {}", cpu() - before);
}
