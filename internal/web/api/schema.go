package api

import (
	"encoding/json"
	"reflect"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"sellerpulse/internal/inspect"
	"sellerpulse/pkg/windows"
)

// The following are what package outputs writes, for their schemas: a test holds what is answered against them.

// RuleReport is where a seller stands with a rule.
type RuleReport struct {
	Rule        string           `json:"rule"`
	Metric      string           `json:"metric" doc:"A built-in one, or one of a pack, with the pack's name and a slash before it."`
	Class       className        `json:"class"`
	Channel     channelName      `json:"channel"`
	Provisional bool             `json:"provisional"`
	Window      OrderDates       `json:"window"`
	Numerator   int64            `json:"numerator"`
	Denominator int64            `json:"denominator"`
	Rate        *float64         `json:"rate"`
	Target      *string          `json:"target" example:"< 0.025" doc:"Null where no level is BREACHED."`
	TargetMet   *bool            `json:"target_met" doc:"Null without a denominator or a target."`
	State       stateName        `json:"state"`
	Since       *inspect.Instant `json:"since" doc:"Of the state; null for one that never changed."`

	Part           *string       `json:"part" doc:"The value of the field that the rule tells orders apart by; null of a rule that does not."`
	Level          *string       `json:"level" doc:"Of a rule with levels; null for NO_DATA."`
	Levels         *[]Level      `json:"levels" doc:"The best first; null of a rule without."`
	ProjectedState stateName     `json:"projected_state" doc:"That the numbers of now would make: the state, but for a rule with days of evaluation."`
	CountsFrom     *windows.Date `json:"counts_from" doc:"The first order date that is counted, of a window that begins before it; else null."`
	PartsOmitted   int64         `json:"parts_omitted" doc:"Values that have no state of their own."`

	SilencedUntil *windows.Date `json:"silenced_until" doc:"The last day on which no alert is published of the rule for this seller; null where there are alerts."`
	SilenceReason *string       `json:"silence_reason" doc:"Why no alert is published; null where there are alerts."`
}

// Level is one of the steps of a rule.
type Level struct {
	Level  string    `json:"level"`
	Target *string   `json:"target" doc:"What a rate must meet to be on it; null of the last."`
	State  stateName `json:"state"`
}

// OrderDates are those of a window, both inclusive.
type OrderDates struct {
	Days int32        `json:"days"`
	From windows.Date `json:"from"`
	To   windows.Date `json:"to"`
}

// MetricReport is a seller's numbers in a metric.
type MetricReport struct {
	Metric      string      `json:"metric"`
	Channel     channelName `json:"channel"`
	ProductLine *string     `json:"product_line" doc:"Null for all lines together."`
	Window      OrderDates  `json:"window"`
	Numerator   int64       `json:"numerator"`
	Denominator int64       `json:"denominator"`
	Rate        *float64    `json:"rate"`
}

// Report is where a seller stands: with each rule, and in each metric.
type Report struct {
	SellerID            string          `json:"seller_id"`
	AsOf                inspect.Instant `json:"as_of"`
	Status              statusName      `json:"status"`
	Rules               []RuleReport    `json:"rules"`
	Metrics             []MetricReport  `json:"metrics"`
	ProductLinesOmitted int64           `json:"product_lines_omitted"`

	Statuses map[string]statusName `json:"statuses" doc:"By pack of rules; status is the worst of them."`
}

// Alert tells that the state of a seller under a rule changed.
type Alert struct {
	AlertID         string              `json:"alert_id"`
	Kind            kindName            `json:"kind"`
	SellerID        string              `json:"seller_id"`
	Rule            string              `json:"rule"`
	Metric          string              `json:"metric" doc:"A built-in one, or one of a pack, with the pack's name and a slash before it."`
	Class           className           `json:"class"`
	Channel         channelName         `json:"channel"`
	Provisional     bool                `json:"provisional"`
	State           stateName           `json:"state"`
	PreviousState   stateName           `json:"previous_state"`
	AsOf            inspect.Instant     `json:"as_of"`
	Window          OrderDates          `json:"window"`
	Numerator       int64               `json:"numerator"`
	Denominator     int64               `json:"denominator"`
	Rate            *float64            `json:"rate"`
	Target          *string             `json:"target" example:"< 0.025" doc:"Null where no level is BREACHED."`
	Components      *inspect.Components `json:"components" doc:"Of order_defect_rate; null else."`
	DefectsToBreach *int64              `json:"defects_to_breach"`
	OrdersToRecover *int64              `json:"orders_to_recover"`
	RecoversOn      *windows.Date       `json:"recovers_on"`
	OrderIDs        []string            `json:"order_ids" doc:"Up to 20 of the orders behind the misses, the newest first."`
	Cause           Cause               `json:"cause"`

	Level         *string `json:"level" doc:"Of a rule with levels; null for NO_DATA."`
	PreviousLevel *string `json:"previous_level"`
	Part          *string `json:"part" doc:"The value of the field that the rule tells orders apart by; null of a rule that does not."`
}

// Cause is what tipped a state.
type Cause struct {
	Topic     string `json:"topic,omitempty" doc:"This and the next ones are of an event."`
	Partition int32  `json:"partition,omitempty"`
	Offset    int64  `json:"offset,omitempty"`
	EventID   string `json:"event_id,omitempty"`
	OrderID   string `json:"order_id,omitempty"`
	Kind      string `json:"kind" doc:"The event's, or else TIME, RULES or BACKFILL."`
}

// refine corrects what huma cannot know of the types: which texts are dates and instants, which fields may be null though their types have schemas of their own, and
// what inspect's types are as JSON.
func refine(all huma.Registry) {
	for name, schema := range all.Map() {
		t := all.TypeFromRef(schemas + name)
		if t.PkgPath() == reflect.TypeFor[huma.ErrorModel]().PkgPath() {
			continue
		}
		eachField(t, func(name string, field reflect.Type) {
			if s := schema.Properties[name]; s != nil {
				schema.Properties[name] = refined(s, field)
			}
		})
	}
	all.Map()["Counts"] = countsSchema()
}

// schemas is where a document has those that have names.
const schemas = "#/components/schemas/"

// eachField gives the fields of a struct by their names in JSON, and their types.
func eachField(t reflect.Type, yield func(name string, field reflect.Type)) {
	for _, f := range reflect.VisibleFields(t) {
		if name, _, _ := strings.Cut(f.Tag.Get("json"), ","); f.IsExported() && name != "" {
			yield(name, f.Type)
		}
	}
}

func refined(s *huma.Schema, t reflect.Type) *huma.Schema {
	of := t
	if t.Kind() == reflect.Pointer {
		of = t.Elem()
	}
	switch {
	case s.Type == huma.TypeArray && of.Kind() == reflect.Slice:
		s.Nullable = of != t // Else what is listed is an empty list where there is nothing.
	case of == reflect.TypeFor[inspect.Instant]():
		s.Format = "date-time"
	case of == reflect.TypeFor[windows.Date]():
		s.Format = "date"
	case of == reflect.TypeFor[inspect.Which]():
		s.Enum = oneOf(inspect.Whiches()).Enum
	case of == reflect.TypeFor[inspect.NotCounted]():
		s.Enum = oneOf(inspect.NotCountedReasons()).Enum
		s.Enum = append(s.Enum, nil) // It is null where the order is counted.
	case of == reflect.TypeFor[json.RawMessage]():
		return &huma.Schema{Description: s.Description, Type: huma.TypeObject, Nullable: true, AdditionalProperties: true}
	case of == reflect.TypeFor[inspect.Counts]():
		return &huma.Schema{Ref: schemas + "Counts"}
	case of != t && s.Ref != "":
		return &huma.Schema{Description: s.Description, AnyOf: []*huma.Schema{{Ref: s.Ref}, {Type: "null"}}}
	}
	return s
}

// countsSchema is an object of all measures.
func countsSchema() *huma.Schema {
	s := &huma.Schema{Type: huma.TypeObject, Properties: map[string]*huma.Schema{}, AdditionalProperties: false}
	for m := range windows.NumMeasures {
		name := m.String()
		s.Properties[name] = &huma.Schema{Type: huma.TypeInteger, Format: "int32"}
		s.Required = append(s.Required, name)
	}
	return s
}
