package memory

import (
	"sync"

	"github.com/prometheus/client_golang/prometheus"
)

const (
	// Least is the least bound: what a task needs to make progress, and some room to do so.
	Least = 192 << 20
	// Default is the bound where nothing limits the process's memory.
	Default = 1 << 30
	// Process is what does not grow with the bound: the program itself, stacks, connections, HTTP, metrics.
	Process = 48 << 20
)

// Meter is the bound of the process's memory, how it is divided, and how much each part has. It is for any goroutine.
type Meter struct {
	bound int64
	from  string // whence it is

	mutex               sync.Mutex
	tasks, followers    int
	used                map[int32][NumParts]int64 // by partition
	metered             [NumParts]bool
	watched             [NumParts]func() int64
	usedBytes, mayBytes *prometheus.Desc
}

// NewMeter divides a bound, which is raised to Least.
func NewMeter(bound int64) *Meter {
	return &Meter{
		bound: max(bound, Least), from: "default", used: map[int32][NumParts]int64{},
		usedBytes: prometheus.NewDesc("sellerpulse_memory_bytes", "Memory of this process, about, by what uses it.", []string{"part"}, nil),
		mayBytes:  prometheus.NewDesc("sellerpulse_memory_bound_bytes", "Memory that each part of this process may use, which --memory divides.", []string{"part"}, nil),
	}
}

// Bound is what may be resident, and whence that is.
func (m *Meter) Bound() (bytes int64, from string) { return m.bound, m.from }

// Of is what a part may have in the whole process.
func (m *Meter) Of(p Part) int64 {
	share := (m.bound - Process) / perMille * table[p].share
	if most := table[p].most; most > 0 {
		return min(share, most)
	}
	return share
}

// Divide says how many tasks there are, and how many partitions that only stand by.
func (m *Meter) Divide(tasks, standbys int) {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	m.tasks, m.followers = tasks, tasks+standbys
}

// Share is what a part may have of one of those that share it.
func (m *Meter) Share(p Part) int {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	among := 1
	switch table[p].of {
	case ofTasks:
		among = m.tasks
	case ofFollowers:
		among = m.followers
	}
	return int(m.Of(p)) / max(among, 1)
}

// Set notes how much a part has of a partition.
func (m *Meter) Set(p Part, partition int32, bytes int) {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	used := m.used[partition]
	used[p] = int64(bytes)
	m.used[partition], m.metered[p] = used, true
}

// Remove notes that a partition has nothing any more.
func (m *Meter) Remove(partition int32) {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	delete(m.used, partition)
}

// Watch has what a part of the whole process has be asked for. It must be called before the meter is used.
func (m *Meter) Watch(p Part, bytes func() int64) { m.watched[p] = bytes }

// Used is how much a part has; false where nobody tells.
func (m *Meter) Used(p Part) (bytes int64, known bool) {
	if watch := m.watched[p]; watch != nil {
		return watch(), true
	}
	m.mutex.Lock()
	defer m.mutex.Unlock()
	for _, used := range m.used {
		bytes += used[p]
	}
	return bytes, m.metered[p]
}

// Describe implements prometheus.Collector.
func (m *Meter) Describe(to chan<- *prometheus.Desc) {
	to <- m.usedBytes
	to <- m.mayBytes
}

// Collect implements prometheus.Collector.
func (m *Meter) Collect(to chan<- prometheus.Metric) {
	for p := range NumParts {
		to <- prometheus.MustNewConstMetric(m.mayBytes, prometheus.GaugeValue, float64(m.Of(p)), p.String())
		if used, known := m.Used(p); known {
			to <- prometheus.MustNewConstMetric(m.usedBytes, prometheus.GaugeValue, float64(used), p.String())
		}
	}
}
