package main

import "sellerpulse/internal/memory"

// limitMemory finds what the process may have, says so, and has Go keep to it. With 0 the surroundings decide.
func (s *session) limitMemory(given size) (*memory.Meter, error) {
	limit, err := memory.Surroundings().Find(int64(given))
	if err != nil {
		return nil, err
	}
	s.log.Info("memory is bounded", "bytes", limit.Bytes, "by", limit.From)
	meter := memory.NewMeter(limit.Bytes)
	meter.Enforce()
	return meter, nil
}
