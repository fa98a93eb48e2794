package api

import (
	_ "embed"
	"encoding/json"

	"github.com/danielgtaylor/huma/v2"
)

//go:embed descriptions.json
var descriptionsFile []byte

// description is what the document says of a field.
type description struct {
	Says    string `json:"says"`
	Example any    `json:"example"`
}

// descriptions are those of fields whose types are not this package's to describe: by name, which mostly means the same wherever it is, or else by type and name.
var descriptions = func() map[string]description {
	all := map[string]description{}
	if err := json.Unmarshal(descriptionsFile, &all); err != nil {
		panic("api: descriptions.json: " + err.Error())
	}
	return all
}()

// describe describes the fields that have no description yet.
func describe(all huma.Registry) {
	for name, schema := range all.Map() {
		for field, s := range schema.Properties {
			if s.Description != "" {
				continue
			}
			d, ok := descriptions[name+"."+field]
			if !ok {
				d = descriptions[field]
			}
			described := *s // A schema may be that of several fields.
			described.Description = d.Says
			if d.Example != nil {
				described.Examples = []any{d.Example}
			}
			schema.Properties[field] = &described
		}
	}
}
