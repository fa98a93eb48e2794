package rules_test

import (
	"fmt"
	"strings"
	"testing"

	packs "sellerpulse/rules"
)

func TestPacks(t *testing.T) {
	names := packs.Names()
	if len(names) == 0 {
		t.Fatal("there are no packs")
	}
	for _, name := range names {
		file, err := packs.File(name)
		if err != nil || !strings.Contains(string(file), "\npack: "+name+"\n") {
			t.Errorf("%s.yaml is not of the pack of its name: %v", name, err)
		}
		scenarios, err := packs.Scenarios(name)
		if err != nil || !strings.Contains(string(scenarios), "\nrules "+name+".yaml\n") {
			t.Errorf("%s.txt is not about %s.yaml: %v", name, name, err)
		}
	}
}

func TestNoSuchPack(t *testing.T) {
	for _, name := range []string{"", "nobody", "amazon-us.yaml", "../go"} {
		_, err := packs.File(name)
		if err == nil || !strings.Contains(err.Error(), "use one of amazon-eu, amazon-uk, ") {
			t.Errorf("%q: %v", name, err)
		}
	}
}

func ExampleNames() {
	fmt.Println(strings.Join(packs.Names()[:3], " "))
	// Output: amazon-eu amazon-uk amazon-us
}
