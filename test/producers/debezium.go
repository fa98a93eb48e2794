package producers

import "sellerpulse/pkg/events"

// table is a table as Debezium's connector for Postgres tells of it, with converters that write schemas.
type table struct {
	name    string
	columns []column
}

type column struct{ name, kind, semantic string }

var (
	ordersTable = &table{"orders", []column{
		{"id", "int64", ""},
		{"seller_id", "string", ""},
		{"status", "string", ""},
		{"placed_at", "int64", "io.debezium.time.MicroTimestamp"},
		{"ship_by", "string", "io.debezium.time.ZonedTimestamp"},
		{"deliver_by", "int64", "io.debezium.time.Timestamp"},
		{"marketplace", "string", ""},
		{"ship_country", "string", ""},
		{"cancelled_by", "string", ""},
		{"items", "string", "io.debezium.data.Json"},
		{"updated_at", "string", "io.debezium.time.ZonedTimestamp"},
	}}
	shipmentsTable = &table{"shipments", []column{
		{"id", "int64", ""},
		{"order_id", "int64", ""},
		{"seller_id", "string", ""},
		{"carrier", "string", ""},
		{"tracking_number", "string", ""},
		{"shipped_at", "int64", "io.debezium.time.MicroTimestamp"},
		{"delivered_at", "int64", "io.debezium.time.Timestamp"},
	}}
)

// prefix is topic.prefix and the schema of the tables: topics are named by it.
const prefix = "dbserver1.public."

// delay is how long after a change the connector sees it, ms.
const delay = 350

// record is a change as the connector writes it.
func (t *table) record(op string, at events.Millis, before, after row) Record {
	seen := at + delay
	of := after
	if of == nil {
		of = before
	}
	return Record{Key: t.key(of), Value: document(row{
		"schema": row{"type": "struct", "optional": false, "name": prefix + t.name + ".Envelope", "version": 2, "fields": []any{
			t.structure("Value", "before", true), t.structure("Value", "after", true),
			row{"type": "string", "optional": false, "field": "op"},
			row{"type": "int64", "optional": true, "field": "ts_ms"},
		}},
		"payload": row{
			"before": before, "after": after, "op": op, "ts_ms": seen, "ts_us": seen * 1000, "ts_ns": seen * 1_000_000, "transaction": nil,
			"source": row{
				"version": "3.2.0.Final", "connector": "postgresql", "name": "dbserver1", "ts_ms": at, "snapshot": map[bool]string{true: "true", false: "false"}[op == "r"],
				"db": "shop", "schema": "public", "table": t.name, "txId": 771, "lsn": 34_567_890, "xmin": nil, "sequence": `["34567000","34567890"]`,
			},
		},
	})}
}

// key is a row's primary key.
func (t *table) key(r row) string {
	key := row{"type": "struct", "optional": false, "name": prefix + t.name + ".Key", "fields": []any{row{"type": "int64", "optional": false, "field": "id"}}}
	return string(document(row{"schema": key, "payload": row{"id": r["id"]}}))
}

// structure is the schema of a row.
func (t *table) structure(name, field string, optional bool) row {
	var fields []any
	for _, c := range t.columns {
		f := row{"type": c.kind, "optional": c.name != "id", "field": c.name}
		if c.semantic != "" {
			f["name"], f["version"] = c.semantic, 1
		}
		fields = append(fields, f)
	}
	return row{"type": "struct", "optional": optional, "name": prefix + t.name + "." + name, "field": field, "fields": fields}
}
