//! What a project could do better: said, never enforced.

use crate::file::{Origin, Project};

/// One sentence for each hint.
pub(crate) fn hints(project: &Project) -> Vec<String> {
    let mut hints = Vec::new();
    for model in &project.models {
        let Some(data) = project.data(&model.data.value) else {
            continue;
        };
        if let Origin::Sql(sql) = &data.origin {
            hints.extend(computed_columns(&sql.value).into_iter().map(|column| {
                format!(
                    "`[data.{}].sql` computes `{column}` row by row; move it to `[model.{}.features]`, so that callers need not compute it themselves",
                    data.name.value, model.name.value
                )
            }));
        }
    }
    hints
}

/// Columns of a plain SELECT (no grouping, no window) that are computed, not taken.
fn computed_columns(sql: &str) -> Vec<String> {
    let lower = sql.to_lowercase();
    if ["group by", "over (", "over(", "union", "join"]
        .iter()
        .any(|word| lower.contains(word))
    {
        return Vec::new();
    }
    let (Some(start), Some(end)) = (lower.find("select "), lower.find(" from ")) else {
        return Vec::new();
    };
    let Some(list) = sql.get(start + 7..end) else {
        return Vec::new();
    };
    let mut depth = 0;
    let items = list.split(|c: char| {
        depth += i32::from(c == '(') - i32::from(c == ')');
        c == ',' && depth == 0
    });
    items.filter_map(computed_name).collect()
}

fn computed_name(item: &str) -> Option<String> {
    let position = item.to_lowercase().rfind(" as ")?;
    let (expression, name) = (item[..position].trim(), item[position + 4..].trim());
    let is_computed = expression.contains(['+', '*', '/', '(', '-']) && !expression.starts_with('"');
    is_computed.then(|| name.trim_matches('"').to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn computed_columns_are_named_and_aggregates_left_alone() {
        assert_eq!(
            computed_columns("SELECT a, b * 2 AS twice, round(c, 1) AS c1 FROM t"),
            ["twice", "c1"]
        );
        assert!(computed_columns("SELECT g, sum(a) AS s FROM t GROUP BY g").is_empty());
        assert!(computed_columns("SELECT a AS b FROM t").is_empty());
    }
}
