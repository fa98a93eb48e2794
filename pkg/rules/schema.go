package rules

import (
	"encoding/json"
	"fmt"

	"sellerpulse/pkg/events"
	"sellerpulse/pkg/windows"
)

// schema is a piece of a JSON Schema.
type schema map[string]any

// Schema is the JSON Schema, draft 2020-12, of rule files: their keys and the forms of their values, for editors. What keys say together, and what a set is,
// Parse alone checks.
func Schema() []byte {
	s := mappingOf(fileKeys)
	s["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	s["title"] = "Rules of a marketplace"
	rule := mappingOf(ruleKeys)
	rule["oneOf"] = []schema{{"required": []string{"target"}}, {"required": []string{"levels"}}}
	metric := mappingOf(metricKeys)
	metric["oneOf"] = []schema{{"required": []string{"bad"}}, {"required": []string{"good"}}}
	s["anyOf"] = []schema{{"required": []string{"rules"}}, {"required": []string{"overrides"}}}
	override := mappingOf(overrideKeys)
	override["oneOf"] = []schema{{"required": []string{"sellers"}}, {"required": []string{"sellers_file"}}}
	s["$defs"] = schema{"metric": metric, "rule": rule, "override": override}
	text, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		panic(fmt.Sprintf("write the schema of rule files: %v", err))
	}
	return append(text, '\n')
}

// mappingOf is a mapping with the keys of a table and no others.
func mappingOf[T any](keys []key[T]) schema {
	properties, required := schema{}, []string{}
	for _, k := range keys {
		form := schema{"description": k.says}
		for name, v := range k.form {
			form[name] = v
		}
		properties[k.name] = form
		if k.required {
			required = append(required, k.name)
		}
	}
	return schema{"type": "object", "additionalProperties": false, "properties": properties, "required": required}
}

func ref(name string) schema { return schema{"$ref": "#/$defs/" + name} }

// The forms of values that several keys have. YAML takes what looks like a number or a truth value for one, so that a rate may be either.
var (
	nameForm   = schema{"type": "string", "pattern": namePattern.String()}
	dateForm   = schema{"type": "string", "format": "date", "pattern": `^[0-9]{4}-[0-9]{2}-[0-9]{2}$`}
	targetForm = schema{"type": "string", "pattern": `^(<|<=|>|>=) *(0*[01](\.[0-9]+)?)$`}
	rateForm   = schema{"type": []string{"number", "string"}, "minimum": 0, "maximum": 1, "pattern": `^0*[01](\.[0-9]+)?$`}
)

const windowPattern = `^0*[1-9][0-9]*(d|w|mo)$`

func enumForm(otherwise string, names ...string) schema {
	s := schema{"enum": names}
	if otherwise != "" {
		s["default"] = otherwise
	}
	return s
}

// countForm is that of a whole number; with a default where that is not 0.
func countForm(otherwise int) schema {
	s := schema{"type": "integer", "minimum": 1, "maximum": 1<<31 - 1}
	if otherwise > 0 {
		s["default"] = otherwise
	}
	return s
}

func daysForm(otherwise string) schema {
	return schema{"type": "string", "pattern": `^[0-9]+d$`, "default": otherwise}
}

// oneOrMore is a value or a list of such.
func oneOrMore(one schema) schema { return schema{"oneOf": []schema{one, listForm(one)}} }

func listForm(of schema) schema {
	return schema{"type": "array", "minItems": 1, "maxItems": MaxListed, "uniqueItems": true, "items": of}
}

func sellersForm() schema {
	id := schema{"type": "string", "minLength": 1, "maxLength": events.MaxTextBytes}
	return schema{"oneOf": []schema{id, {"type": "array", "minItems": 1, "maxItems": MaxSellersListed, "uniqueItems": true, "items": id}}}
}

func reasonForm() schema {
	return schema{"type": "string", "minLength": 1, "maxLength": MaxReasonBytes}
}

func factsForm() schema {
	return oneOrMore(schema{"enum": factNames(windows.OrderUnit, windows.ShipmentUnit, windows.ReturnUnit)})
}

func whereForm() schema {
	s := mappingOf(whereKeys)
	s["minProperties"] = 1
	return s
}

func levelsForm() schema {
	return schema{"type": "array", "minItems": 2, "maxItems": MaxLevels, "items": mappingOf(levelKeys)}
}

func windowForm() schema {
	return schema{"oneOf": []schema{
		{"type": "string", "pattern": windowPattern},
		{"type": "array", "minItems": 1, "maxItems": MaxWindows, "items": mappingOf(choiceKeys)},
	}}
}
