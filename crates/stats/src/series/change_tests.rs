use super::*;
use crate::Draw;

fn noise(i: usize) -> f64 {
    ((i * 7919 + i * i * 31) % 1009) as f64 / 1009.0 - 0.5
}

fn steps() -> Vec<f64> {
    let value = |i: usize| {
        let level = if i < 80 {
            0.0
        } else if i < 220 {
            1.2
        } else {
            -0.5
        };
        level + if i < 220 { 1.0 } else { 3.0 } * noise(i) * 2.0
    };
    (0..300).map(value).collect()
}

#[test]
fn segments_match_ruptures() {
    // ruptures 1.1.10, Pelt(model="l2", min_size=2, jump=1) and Pelt(model="normal", min_size=5, jump=1), without the last end
    let mean = |penalty: f64| segments(&steps(), Changing::Mean, penalty, 2).unwrap();
    assert_eq!(mean(20.0), [79, 221]);
    assert_eq!(mean(8.0), [79, 221, 224, 244, 246, 248, 250, 293, 295, 297]);
    let of_3 = [
        79, 221, 226, 228, 241, 243, 246, 248, 251, 253, 258, 260, 266, 268, 270, 273, 275, 277, 283, 285,
        290, 292, 295, 297,
    ];
    assert_eq!(mean(3.0), of_3);
    let both = |penalty: f64| segments(&steps(), Changing::MeanAndVariance, penalty, 5).unwrap();
    assert_eq!(both(8.0), [65, 71, 82, 87, 98, 103, 114, 119, 179, 185, 221]);
    assert_eq!(both(20.0), [79, 221]);
    assert_eq!(both(60.0), [79, 221]);
}

fn remembering(seed: u64, n: usize, phi: f64) -> Vec<f64> {
    let (mut draw, mut last) = (Draw::new(seed, 7), 0.0);
    let next = |_| {
        last = phi * last + draw.normal();
        last
    };
    (0..n + 50).map(next).skip(50).collect()
}

fn false_alarms(n_series: u64, n: usize, phi: f64, changing: Changing) -> usize {
    let params = ChangeParams {
        changing,
        ..ChangeParams::default()
    };
    let has_any = |seed| {
        !change_points(&remembering(seed, n, phi), &params)
            .unwrap()
            .points
            .is_empty()
    };
    (0..n_series).filter(|seed| has_any(*seed)).count()
}

#[test]
fn false_alarms_keep_their_rate() {
    for (phi, n, changing, most) in [
        (0.0, 300, Changing::Mean, 22),
        (0.4, 300, Changing::Mean, 22),
        (0.8, 300, Changing::Mean, 26),
        (0.0, 300, Changing::MeanAndVariance, 22),
        (0.4, 300, Changing::MeanAndVariance, 26),
    ] {
        let n_false = false_alarms(300, n, phi, changing);
        assert!(n_false <= most, "{n_false} of 300 at phi {phi}, {changing:?}");
    }
}

#[test]
fn planted_jumps_are_found_where_they_are() {
    let (mut n_found, mut n_covered, mut n_false) = (0, 0, 0);
    for seed in 0..200 {
        let mut values = remembering(seed, 400, 0.3);
        values[150..].iter_mut().for_each(|v| *v += 1.5);
        values[280..].iter_mut().for_each(|v| *v -= 2.5);
        let found = change_points(&values, &ChangeParams::default()).unwrap().points;
        for truth in [150, 280] {
            if let Some(point) = found.iter().find(|p| p.index.abs_diff(truth) <= 15) {
                n_found += 1;
                n_covered += usize::from(point.places.0 <= truth && truth <= point.places.1);
            }
        }
        n_false += found
            .iter()
            .filter(|p| p.index.abs_diff(150).min(p.index.abs_diff(280)) > 15)
            .count();
    }
    assert!(n_found >= 375, "{n_found} of 400 found");
    assert!(
        n_covered * 100 >= n_found * 90,
        "{n_covered} of {n_found} places covered"
    );
    assert!(n_false <= 20, "{n_false} false");
}

#[test]
fn the_nile_changed_in_1898() {
    // Volume at Aswan, 1871 to 1970, 1e8 m3; G. W. Cobb (1978), Biometrika 65, 243-251
    let nile = [
        1120, 1160, 963, 1210, 1160, 1160, 813, 1230, 1370, 1140, 995, 935, 1110, 994, 1020, 960, 1180, 799,
        958, 1140, 1100, 1210, 1150, 1250, 1260, 1220, 1030, 1100, 774, 840, 874, 694, 940, 833, 701, 916,
        692, 1020, 1050, 969, 831, 726, 456, 824, 702, 1120, 1100, 832, 764, 821, 768, 845, 864, 862, 698,
        845, 744, 796, 1040, 759, 781, 865, 845, 944, 984, 897, 822, 1010, 771, 676, 649, 846, 812, 742, 801,
        1040, 860, 874, 848, 890, 744, 749, 838, 1050, 918, 986, 797, 923, 975, 815, 1020, 906, 901, 1170,
        912, 746, 919, 718, 714, 740,
    ];
    let values: Vec<f64> = nile.into_iter().map(f64::from).collect();
    let found = change_points(&values, &ChangeParams::default()).unwrap();
    let point = found.points[0];
    assert_eq!(found.points.len(), 1);
    assert_eq!(1871 + point.index, 1899, "the first year of the new level");
    assert!((point.means.0 - 1097.75).abs() < 1e-9 && (point.means.1 - 849.972_222_222_222_2).abs() < 1e-9);
    assert!(
        point.places.0 >= 1894 - 1871 && point.places.1 <= 1903 - 1871,
        "{:?}",
        point.places
    );
    assert!(point.p_value < 1e-4 && point.jump.2 < 0.0);
}

#[test]
fn constants_gaps_and_units() {
    assert!(
        change_points(&[3.0; 40], &ChangeParams::default())
            .unwrap()
            .points
            .is_empty()
    );
    let mut values = vec![0.0; 30];
    values.extend([1.0; 30]);
    values.insert(10, f64::NAN);
    let found = change_points(&values, &ChangeParams::default()).unwrap();
    assert_eq!(found.points.len(), 1);
    assert_eq!((found.points[0].index, found.points[0].places), (31, (31, 31)));
    let large: Vec<f64> = values.iter().map(|v| 1e9 + 4.0 * v).collect();
    let large = change_points(&large, &ChangeParams::default()).unwrap();
    assert!(large.points[0].index == 31 && (large.points[0].jump.0 - 4.0).abs() < 1e-6);
    assert!(change_points(&[1.0; 4], &ChangeParams::default()).is_err());
    assert!(segments(&[1.0, f64::NAN, 2.0], Changing::Mean, 1.0, 2).is_err());
}
