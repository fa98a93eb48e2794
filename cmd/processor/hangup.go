package main

import (
	"sync"

	"sellerpulse/internal/app"
)

// hangUps is what a SIGHUP does where it does not stop the process.
type hangUps struct {
	mutex  sync.Mutex
	reload func()
}

func (h *hangUps) set(reload func()) {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	h.reload = reload
}

// take does what there is to do, and tells whether there is anything.
func (h *hangUps) take() bool {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	if h.reload == nil {
		return false
	}
	h.reload()
	return true
}

// rereadRules has a SIGHUP read the rules again that the process was given, until what is returned is called. What is wrong leaves those before in force.
func (s *session) rereadRules(service *app.App) (stop func()) {
	if s.hangUps == nil || s.rereads == nil {
		return func() {}
	}
	s.hangUps.set(func() {
		set, err := s.rereads()
		if err != nil {
			s.log.Error("rules are not taken: those before stay in force", "error", err)
			return
		}
		service.Rule(set)
	})
	return func() { s.hangUps.set(nil) }
}
