package oracle

// Pack is a file of rules, as it is written: every text is the one that stands there.
type Pack struct {
	Name    Text     `yaml:"pack,omitempty"` // empty or BuiltInPack: its rules and metrics go by their bare names
	Figures Text     `yaml:"figures,omitempty"`
	Sources []Text   `yaml:"sources,omitempty"`
	Where   Where    `yaml:"where,omitempty"`
	Metrics []Metric `yaml:"metrics,omitempty"`
	Rules   []Rule   `yaml:"rules,omitempty"`

	Overrides []Override `yaml:"overrides,omitempty"`
}

// Metric is what a pack defines to be measured: a unit of Total is in the numerator when any fact of Bad (or of Good) holds of it and none
// of Unless.
type Metric struct {
	Name    Text  `yaml:"name,omitempty"`
	Unit    Text  `yaml:"unit,omitempty"` // order (also when empty), shipment or return
	Bad     Texts `yaml:"bad,omitempty"`
	Good    Texts `yaml:"good,omitempty"`
	Unless  Texts `yaml:"unless,omitempty"`
	Total   Texts `yaml:"total,omitempty"` // all must hold
	Channel Text  `yaml:"channel,omitempty"`
}

// Rule is a version of a rule: what is to be met, when, and of which orders.
type Rule struct {
	Name           Text    `yaml:"name,omitempty"`
	Metric         Text    `yaml:"metric,omitempty"`
	Window         Windows `yaml:"window,omitempty"`
	Lag            Text    `yaml:"lag,omitempty"`
	Target         Text    `yaml:"target,omitempty"`
	Warn           Text    `yaml:"warn,omitempty"`
	Resolve        Text    `yaml:"resolve,omitempty"`
	Levels         []Level `yaml:"levels,omitempty"`
	MinDenominator int     `yaml:"min_denominator,omitempty"`
	MinMisses      int     `yaml:"min_misses,omitempty"`
	Class          Text    `yaml:"class,omitempty"`
	Provisional    bool    `yaml:"provisional,omitempty"`
	Where          Where   `yaml:"where,omitempty"`
	By             Text    `yaml:"by,omitempty"`
	Evaluate       Text    `yaml:"evaluate,omitempty"`
	From           Text    `yaml:"from,omitempty"`
	Until          Text    `yaml:"until,omitempty"`
}

// Level is a step of a rule; the last has no target.
type Level struct {
	Level  Text `yaml:"level,omitempty"`
	Target Text `yaml:"target,omitempty"`
	State  Text `yaml:"state,omitempty"`
}

// Override is what is otherwise for some sellers under rules of a pack: another target and what belongs to it, no rule at all, or silence.
type Override struct {
	Sellers        Texts   `yaml:"sellers,omitempty"`
	Rule           Texts   `yaml:"rule,omitempty"` // nil for all of the pack
	Target         Text    `yaml:"target,omitempty"`
	Warn           Text    `yaml:"warn,omitempty"`
	Resolve        Text    `yaml:"resolve,omitempty"`
	Levels         []Level `yaml:"levels,omitempty"`
	MinDenominator int     `yaml:"min_denominator,omitempty"`
	MinMisses      int     `yaml:"min_misses,omitempty"`
	Exempt         bool    `yaml:"exempt,omitempty"`
	From           Text    `yaml:"from,omitempty"`
	Until          Text    `yaml:"until,omitempty"`
	Silence        Silence `yaml:"silence,omitempty"`
	Reason         Text    `yaml:"reason,omitempty"`
}

// Silence is days on which nobody is told; without a last one it is none.
type Silence struct {
	From   Text `yaml:"from,omitempty"`
	Until  Text `yaml:"until,omitempty"`
	Reason Text `yaml:"reason,omitempty"`
}

// Choice is a window that is taken once so much is in its denominator; the last of a list is taken anyway.
type Choice struct {
	Days     Text `yaml:"days,omitempty"`
	MinTotal int  `yaml:"min_total,omitempty"`
}

// Windows is a list of windows, of which the first with enough in it counts.
type Windows []Choice

// Over is the one window of a text such as 30d, 1w or 3mo.
func Over(days Text) Windows { return Windows{{Days: days}} }

// Where is which orders count, and which claims and returns make facts true; nil stands for all.
type Where struct {
	Channel     Texts `yaml:"channel,omitempty"`
	ProductLine Texts `yaml:"product_line,omitempty"`
	Marketplace Texts `yaml:"marketplace,omitempty"`
	ShipCountry Texts `yaml:"ship_country,omitempty"`
	Reason      Texts `yaml:"reason,omitempty"`
}

// BuiltInPack is the pack of the built-in rules.
const BuiltInPack = "amazon-2022"

// BuiltIn are the rules of the policy.
func BuiltIn() []Pack {
	const contractual, advisory = "contractual", "advisory"
	return []Pack{{Rules: []Rule{
		{Name: "odr", Metric: "order_defect_rate", Window: Over("60d"), Lag: "30d", Target: "< 0.01", Class: contractual},
		{Name: "odr-early", Metric: "order_defect_rate", Window: Over("60d"), Target: "< 0.01", Class: advisory, Provisional: true},
		{Name: "cancellation", Metric: "cancellation_rate", Window: Over("7d"), Target: "< 0.025", Class: contractual},
		{Name: "late-shipment-10d", Metric: "late_shipment_rate", Window: Over("10d"), Target: "< 0.04", Class: contractual},
		{Name: "late-shipment-30d", Metric: "late_shipment_rate", Window: Over("30d"), Target: "< 0.04", Class: contractual},
		{Name: "valid-tracking", Metric: "valid_tracking_rate", Window: Over("30d"), Lag: "10d", Target: "> 0.95", Class: advisory},
		{Name: "on-time-delivery", Metric: "on_time_delivery_rate", Window: Over("30d"), Lag: "10d", Target: "> 0.97", Class: advisory},
		{Name: "return-dissatisfaction", Metric: "return_dissatisfaction_rate", Window: Over("30d"), Target: "< 0.1", Class: advisory},
	}}}
}

// builtInMetrics are those that every pack may name.
func builtInMetrics() []Metric {
	const mfn = "MFN"
	return []Metric{
		{Name: "order_defect_rate", Bad: Texts{"defective"}},
		{Name: "negative_feedback_rate", Bad: Texts{"negative_feedback"}},
		{Name: "claim_rate", Bad: Texts{"claim"}},
		{Name: "chargeback_rate", Bad: Texts{"chargeback"}},
		{Name: "refund_rate", Bad: Texts{"refunded"}},
		{Name: "cancellation_rate", Bad: Texts{"seller_cancelled"}, Channel: mfn},
		{Name: "late_shipment_rate", Bad: Texts{"late_shipped"}, Channel: mfn},
		{Name: "valid_tracking_rate", Unit: "shipment", Good: Texts{"valid_tracking"}, Channel: mfn},
		{Name: "on_time_delivery_rate", Unit: "shipment", Good: Texts{"on_time"}, Total: Texts{"settled"}, Channel: mfn},
		{Name: "return_dissatisfaction_rate", Unit: "return", Bad: Texts{"negative"}},
	}
}
