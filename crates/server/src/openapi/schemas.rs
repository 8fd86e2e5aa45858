//! Schemas as the wire is, where the derived ones say more or less.

use std::collections::BTreeMap;

use exchequer_core::contract::UNITS_OF_MEASURE;
use serde_json::Value;
use utoipa::openapi::schema::{
    AdditionalProperties, ArrayItems, KnownFormat, Schema, SchemaFormat, SchemaType, Type,
};
use utoipa::openapi::{Paths, Ref, RefOr};

/// Names the items of listings instead of repeating them, lists the units of products, and
/// drops `null`: a value that is absent is left out.
pub(super) fn correct(schemas: &mut BTreeMap<String, RefOr<Schema>>) {
    for (name, schema) in schemas {
        if let Some((_, item)) = name.split_once("Listing_") {
            name_items(schema, item);
        }
        if let ("UnitOfMeasure", RefOr::T(Schema::Object(unit))) = (name.as_str(), &mut *schema) {
            unit.enum_values = Some(UNITS_OF_MEASURE.map(Value::from).to_vec());
        }
        drop_null(schema);
    }
}

/// Drops `null` from parameters: one that is absent is left out, too. And the width of
/// integers: beyond it a number is still read, as a page or period that is not there.
pub(super) fn correct_parameters(paths: &mut Paths) {
    for item in paths.paths.values_mut() {
        let operations = [
            &mut item.get,
            &mut item.head,
            &mut item.post,
            &mut item.put,
            &mut item.delete,
        ];
        let operations = operations.into_iter().flatten();
        for parameter in operations.flat_map(|operation| operation.parameters.iter_mut().flatten())
        {
            if let RefOr::T(parameter) = parameter {
                parameter.schema.iter_mut().for_each(|schema| {
                    drop_null(schema);
                    drop_width(schema);
                });
            }
        }
    }
}

fn name_items(schema: &mut RefOr<Schema>, item: &str) {
    let RefOr::T(Schema::Object(listing)) = schema else {
        unreachable!("a listing is an object");
    };
    let entities = listing.properties.get_mut("entities");
    let Some(RefOr::T(Schema::Array(entities))) = entities else {
        unreachable!("a listing has entities");
    };
    let named = RefOr::Ref(Ref::from_schema_name(item));
    entities.items = ArrayItems::RefOrSchema(Box::new(named));
}

fn drop_null(schema: &mut RefOr<Schema>) {
    let RefOr::T(inner) = schema else { return };
    match inner {
        Schema::Object(object) => {
            drop_null_type(&mut object.schema_type);
            object.properties.values_mut().for_each(drop_null);
            if let Some(more) = &mut object.additional_properties
                && let AdditionalProperties::RefOr(more) = &mut **more
            {
                drop_null(more);
            }
        }
        Schema::Array(array) => {
            drop_null_type(&mut array.schema_type);
            if let ArrayItems::RefOrSchema(items) = &mut array.items {
                drop_null(items);
            }
        }
        Schema::OneOf(choice) => {
            choice.items.retain(|item| !is_null(item));
            choice.items.iter_mut().for_each(drop_null);
            // What is left of "this or null" is this.
            if choice.items.len() == 1 {
                let description = choice.description.take();
                let mut only = choice.items.remove(0);
                if let (RefOr::Ref(only), Some(description)) = (&mut only, description) {
                    only.description = description;
                }
                *schema = only;
            }
        }
        Schema::AllOf(all) => all.items.iter_mut().for_each(drop_null),
        Schema::AnyOf(any) => any.items.iter_mut().for_each(drop_null),
        _ => {}
    }
}

fn drop_width(schema: &mut RefOr<Schema>) {
    if let RefOr::T(Schema::Object(object)) = schema
        && matches!(
            object.format,
            Some(SchemaFormat::KnownFormat(
                KnownFormat::Int32 | KnownFormat::Int64
            ))
        )
    {
        object.format = None;
    }
}

fn drop_null_type(schema_type: &mut SchemaType) {
    let SchemaType::Array(types) = schema_type else {
        return;
    };
    types.retain(|kind| *kind != Type::Null);
    if let [only] = types.as_slice() {
        *schema_type = SchemaType::Type(only.clone());
    }
}

fn is_null(schema: &RefOr<Schema>) -> bool {
    let null = SchemaType::Type(Type::Null);
    matches!(schema, RefOr::T(Schema::Object(object)) if object.schema_type == null)
}
