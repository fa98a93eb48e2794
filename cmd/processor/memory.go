package main

import "sellerpulse/internal/memory"

// limitMemory finds what the process may have, and has Go keep to it. With 0 the surroundings decide.
func limitMemory(given size) (*memory.Meter, error) {
	limit, err := memory.Surroundings().Find(int64(given))
	if err != nil {
		return nil, err
	}
	meter := limit.Meter()
	meter.Enforce()
	return meter, nil
}
