package main

import "sellerpulse/internal/memory"

// limitMemory finds what the process may have, and has Go keep to it, with so much garbage, in percent, as long as there is room. With 0 the surroundings decide.
func limitMemory(given size, garbage int) (*memory.Meter, error) {
	limit, err := memory.Surroundings().Find(int64(given))
	if err != nil {
		return nil, err
	}
	meter := limit.Meter()
	meter.Enforce(garbage)
	return meter, nil
}
