package worker

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"sellerpulse/internal/engine"
	"sellerpulse/internal/state"
	"sellerpulse/internal/stream"
	"sellerpulse/pkg/rules"
)

// settingsOf are those of a deployment with its own prefix of topics.
func settingsOf(prefix string) *state.Settings {
	o := engine.Options{Rules: rules.BuiltIn(), Zone: time.UTC, RetentionDays: 120, Topics: map[string]state.Topic{}}
	for _, use := range state.Uses() {
		o.Topics[use] = state.Topic{Name: prefix + use, ID: "id of " + prefix + use, Partitions: 4}
	}
	return o.Settings()
}

var someFacts = settingsOf("eu-").Facts()

// factsWith are someFacts but for what change makes of them.
func factsWith(change func(*state.Settings)) []state.Fact {
	s := settingsOf("eu-")
	change(s)
	return s.Facts()
}

func memberOf(facts []state.Fact, holdings ...holding) []byte {
	return encodeMember(memberData{Holdings: holdings, Facts: facts})
}

func TestMembersWhoseFactsDifferAreRefused(t *testing.T) {
	renamed := func(s *state.Settings, use, name string) {
		s.Topics[use] = state.Topic{Name: name, ID: "another", Partitions: 7}
	}
	for name, c := range map[string]struct {
		facts []state.Fact
		says  string // empty: it is admitted
	}{
		"the same":          {someFacts, ""},
		"another prefix":    {settingsOf("us-").Facts(), `topic prefix (--topic-prefix) is "us-", and the group's "eu-":`},
		"no prefix":         {settingsOf("").Facts(), `topic prefix (--topic-prefix) is "", and the group's "eu-":`},
		"one other input":   {factsWith(func(s *state.Settings) { renamed(s, "orders", "other") }), `topic orders (--topic-orders) is "other", and the group's "eu-orders":`},
		"another output":    {factsWith(func(s *state.Settings) { renamed(s, "alerts", "other") }), `topic alerts (--topic-alerts) is "other", and the group's "eu-alerts":`},
		"another changelog": {factsWith(func(s *state.Settings) { renamed(s, "changelog", "other") }), `topic changelog (--topic-changelog) is "other", and the group's "eu-changelog":`},
		"enlarged": {factsWith(func(s *state.Settings) {
			s.Topics["claims"] = state.Topic{Name: "eu-claims", ID: "id of eu-claims", Partitions: 8}
		}), `partitions of topic claims is "8", and the group's "4":`},
		"made anew":         {factsWith(func(s *state.Settings) { s.Topics["claims"] = state.Topic{Name: "eu-claims", ID: "x", Partitions: 4} }), `id of topic claims is "x", and the group's "id of eu-claims":`},
		"zone":              {factsWith(func(s *state.Settings) { s.Zone = "Europe/Oslo" }), `time zone (--time-zone) is "Europe/Oslo", and the group's "UTC":`},
		"zone and its data": {factsWith(func(s *state.Settings) { s.Zone, s.ZoneData = "Europe/Oslo", "x" }), `time zone (--time-zone) is "Europe/Oslo", and the group's "UTC": give`},
		"data of the zone":  {factsWith(func(s *state.Settings) { s.ZoneData = "x" }), `data of the time zone (of this version of the program) is "x", and the group's `},
		"version of facts":  {factsWith(func(s *state.Settings) { s.FactsVersion = 99 }), `facts version (of this version of the program) is "99", and the group's `},
		"retention":         {factsWith(func(s *state.Settings) { s.Retention = 90 }), `retention (--retention) is "90d", and the group's "120d":`},
		"partitioner":       {factsWith(func(s *state.Settings) { s.Partitioner = state.Murmur2 }), `partitioner (--partitioner) is "murmur2", and the group's "any":`},
		"rules":             {factsWith(func(s *state.Settings) { s.Rules = map[string]string{"odr": "x"} }), `rules (--rules) is `},
		"all at once": {factsWith(func(s *state.Settings) {
			*s = *settingsOf("us-")
			s.Zone, s.Retention, s.Partitioner, s.FactsVersion, s.ZoneData = "Europe/Oslo", 90, state.Murmur2, 99, "x"
		}), `topic prefix (--topic-prefix) is "us-", and the group's "eu-"; time zone (--time-zone) is "Europe/Oslo", and the group's "UTC"; retention (--retention) is "90d", and the group's "120d"; ` +
			`partitioner (--partitioner) is "murmur2", and the group's "any"; and 1 more:`},
		"none, as of an older version": {nil, "it does not tell its settings, being of an older version or no `processor run` at all"},
	} {
		t.Run(name, func(t *testing.T) {
			members := []stream.GroupMember{
				{ID: "leader", UserData: memberOf(someFacts, holding{Active: true, Position: 5})},
				{ID: "other", UserData: memberOf(c.facts, holding{Partition: 1, Position: 5})},
			}
			assigned, refused := assign(members, someFacts, 4, 1)
			told, err := decodeAssigned(assigned["other"].UserData)
			if err != nil {
				t.Fatal(err)
			}
			if c.says == "" {
				if len(assigned["other"].Partitions) != 2 || told.Refused != "" || len(refused) > 0 {
					t.Errorf("got %v, refused: %v", assigned["other"], refused)
				}
				return
			}
			if !strings.Contains(told.Refused, c.says) || refused["other"] != told.Refused || len(assigned["other"].Partitions)+len(told.Standby) > 0 {
				t.Errorf("told %+v with %v, want %q", told, assigned["other"].Partitions, c.says)
			}
			if !slices.Equal(assigned["leader"].Partitions, []int32{0, 1, 2, 3}) {
				t.Errorf("the leader has %v", assigned["leader"].Partitions)
			}
		})
	}
}

// A process with other settings that comes to lead, while most of the others restart, is refused itself.
func TestTheFactsOfThoseWhoWorkPrevail(t *testing.T) {
	us := settingsOf("us-").Facts()
	active := func(partitions ...int32) (all []holding) {
		for _, p := range partitions {
			all = append(all, holding{Partition: p, Position: 9, Active: true})
		}
		return all
	}
	member := func(id string, holdings []holding, facts []state.Fact) stream.GroupMember {
		return stream.GroupMember{ID: id, UserData: memberOf(facts, holdings...)}
	}
	for name, c := range map[string]struct {
		members []stream.GroupMember
		refused []string
	}{
		"nobody works":                    {[]stream.GroupMember{member("leader", nil, us), member("a", nil, someFacts)}, []string{"a"}},
		"others work":                     {[]stream.GroupMember{member("leader", nil, us), member("a", active(0), someFacts), member("b", nil, someFacts)}, []string{"leader"}},
		"more of the others":              {[]stream.GroupMember{member("leader", active(0), us), member("a", active(1), someFacts), member("b", active(2), someFacts)}, []string{"leader"}},
		"as much is worked on by each":    {[]stream.GroupMember{member("leader", active(0, 1), us), member("a", active(2), someFacts), member("b", active(3), someFacts)}, []string{"a", "b"}},
		"who does not tell does not work": {[]stream.GroupMember{member("leader", nil, us), member("a", active(0, 1, 2), nil)}, []string{"a"}},
	} {
		t.Run(name, func(t *testing.T) {
			assigned, refused := assign(c.members, us, 4, 0)
			if got := slices.Sorted(maps.Keys(refused)); !slices.Equal(got, c.refused) {
				t.Errorf("refused %v, want %v", got, c.refused)
			}
			owned := 0
			for id, a := range assigned {
				if owned += len(a.Partitions); refused[id] != "" && len(a.Partitions) > 0 {
					t.Errorf("%s is refused and owns %v", id, a.Partitions)
				}
			}
			if owned != 4 || len(assigned) != len(c.members) {
				t.Errorf("%d partitions are owned, %d of %d members told", owned, len(assigned), len(c.members))
			}
		})
	}
}

// nonsense is what members might say who are none of this program.
var nonsense = []string{
	"", "null", "[]", "{", `{"holdings":7}`, `{"facts":{}}`, `{"facts":[]}`, `{"holdings":[{"partition":-1}],"facts":null}`, "\x00\x01\xff",
	`{"holdings":[{"partition":9223372036854775807,"position":1}]}`,
	fmt.Sprintf(`{"holdings":[{"partition":0,"position":%d,"active":true},{"partition":0,"position":0}]}`, math.MaxInt64),
}

func TestWhatMembersSayNeverHarmsTheOneThatAssigns(t *testing.T) {
	members := []stream.GroupMember{{ID: "leader", UserData: memberOf(someFacts)}}
	for i, text := range nonsense {
		members = append(members, stream.GroupMember{ID: fmt.Sprint(i), UserData: []byte(text)})
	}
	assigned, refused := assign(members, someFacts, 3, 2)
	if len(refused) != len(nonsense) || !slices.Equal(assigned["leader"].Partitions, []int32{0, 1, 2}) {
		t.Errorf("refused %v, the leader has %v", refused, assigned["leader"].Partitions)
	}
}

func FuzzMembers(f *testing.F) {
	f.Add(memberOf(someFacts, holding{Position: math.MaxInt64, Active: true}, holding{Partition: 2}))
	for _, text := range nonsense {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, said []byte) {
		own := stream.GroupMember{ID: "leader", UserData: memberOf(someFacts, holding{Partition: 1, Position: 5, Active: true})}
		assigned, refused := assign([]stream.GroupMember{own, {ID: "other", UserData: said}}, someFacts, 3, 1)
		if n := len(assigned["leader"].Partitions) + len(assigned["other"].Partitions); n != 3 || refused["other"] != "" && len(assigned["other"].Partitions) > 0 {
			t.Errorf("assigned %v, refused %v", assigned, refused)
		}
		if len(refused["leader"])+len(refused["other"]) > 4_000 {
			t.Errorf("it is told at length: %v", refused)
		}
	})
}

// Who is told by somebody else, or by a process of an older version, knows that it is in a wrong group.
func TestAssignmentsOfStrangers(t *testing.T) {
	for _, text := range append([]string{`{"standby":[1]}`, `{"standby":null}`, `{"version":0}`, "range"}, nonsense...) {
		if _, err := decodeAssigned([]byte(text)); !errors.Is(err, stream.ErrStranger) {
			t.Errorf("told %q: error %v", text, err)
		}
	}
	if told, err := decodeAssigned(encodeAssigned(assignedData{Standby: []int32{3}})); err != nil || !slices.Equal(told.Standby, []int32{3}) {
		t.Errorf("told %+v, %v", told, err)
	}
}
