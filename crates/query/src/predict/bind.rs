//! Calls of models in a statement, bound to functions of the models' inputs.

use super::function::{Asks, ModelFunction};
use super::{Model, Models};
use datafusion::logical_expr::ScalarUDF;
use datafusion::prelude::SessionContext;
use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast::{
    Expr, Function, FunctionArg, FunctionArgExpr, FunctionArgumentList, FunctionArguments, Ident, ObjectName,
    Value, VisitMut, VisitorMut,
};
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::Arc;
use table::quoted_list;

/// Binds every call of a model in `statement`: a call that names no columns to the columns called as the model's inputs.
///
/// # Errors
/// In words: no name in quotes, no such model, a model that does not decide, another number of columns.
pub(crate) fn bind(
    statement: &mut Statement,
    context: &SessionContext,
    models: Option<&Models>,
) -> Result<(), String> {
    let statement = match statement {
        Statement::Statement(statement) => statement.as_mut(),
        Statement::Explain(explain) => return bind(&mut explain.statement, context, models),
        _ => return Ok(()),
    };
    let mut binder = Binder {
        context,
        models,
        known: BTreeMap::new(),
    };
    match VisitMut::visit(statement, &mut binder) {
        ControlFlow::Break(found) => Err(found),
        ControlFlow::Continue(()) => Ok(()),
    }
}

struct Binder<'a> {
    context: &'a SessionContext,
    models: Option<&'a Models>,
    known: BTreeMap<String, Arc<dyn Model>>,
}

impl VisitorMut for Binder<'_> {
    type Break = String;

    fn post_visit_expr(&mut self, expression: &mut Expr) -> ControlFlow<String> {
        let Expr::Function(function) = expression else {
            return ControlFlow::Continue(());
        };
        match asks(function).map_or(Ok(()), |asks| self.bind(function, asks)) {
            Ok(()) => ControlFlow::Continue(()),
            Err(found) => ControlFlow::Break(found),
        }
    }
}

impl Binder<'_> {
    fn bind(&mut self, function: &mut Function, asks: Asks) -> Result<(), String> {
        let word = asks.word();
        let expected = format!("expected the name of a model in quotes, such as {word}('churn@champion')");
        if function.over.is_some() || function.filter.is_some() {
            return Err(format!(
                "{word}: found OVER or FILTER, which mean nothing for a function of one row"
            ));
        }
        let FunctionArguments::List(arguments) = &mut function.args else {
            return Err(format!("{word}: {expected}"));
        };
        let name = name_of(arguments).ok_or_else(|| {
            let found = arguments.args.first();
            let found = found.map_or("nothing".to_owned(), |found| format!("`{found}`"));
            format!("{word}: found {found}, {expected}")
        })?;
        let model = self.model(&name)?;
        if asks == Asks::Decide && !model.decides() {
            return Err(format!(
                "decide: `{name}` decides nothing; hint: predict('{name}')"
            ));
        }
        arguments.args.remove(0);
        let inputs = model.inputs();
        let is_by_name = arguments.args.is_empty();
        if is_by_name {
            arguments.args = inputs.iter().map(|(input, _)| column(input)).collect();
        } else if arguments.args.len() != inputs.len() {
            let names = quoted_list(inputs.iter().map(|(input, _)| input.as_str()), 40);
            return Err(format!(
                "{word}('{name}', ...): found {} columns, expected the {} inputs of the model in their order: {names}",
                arguments.args.len(),
                inputs.len()
            ));
        }
        let bound = ModelFunction::new(asks, &name, model, is_by_name);
        function.name = ObjectName::from(vec![Ident::with_quote('"', bound.unique_name())]);
        self.context.register_udf(ScalarUDF::from(bound));
        Ok(())
    }

    fn model(&mut self, name: &str) -> Result<Arc<dyn Model>, String> {
        if let Some(known) = self.known.get(name) {
            return Ok(Arc::clone(known));
        }
        let models = self
            .models
            .ok_or_else(|| format!("`{name}`: models cannot be asked in this query"))?;
        let model = models(name)?;
        self.known.insert(name.to_owned(), Arc::clone(&model));
        Ok(model)
    }
}

fn asks(function: &Function) -> Option<Asks> {
    match function.name.0.as_slice() {
        [only] => Asks::of(&only.as_ident()?.value),
        _ => None,
    }
}

/// The text in quotes that the arguments begin with.
fn name_of(arguments: &FunctionArgumentList) -> Option<String> {
    let FunctionArg::Unnamed(FunctionArgExpr::Expr(Expr::Value(value))) = arguments.args.first()? else {
        return None;
    };
    match &value.value {
        Value::SingleQuotedString(name) => Some(name.clone()),
        _ => None,
    }
}

fn column(name: &str) -> FunctionArg {
    FunctionArg::Unnamed(FunctionArgExpr::Expr(Expr::Identifier(Ident::with_quote(
        '"', name,
    ))))
}
