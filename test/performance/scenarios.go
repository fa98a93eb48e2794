package main

import (
	"context"
	"errors"
	"time"

	"sellerpulse/test/performance/lab"
	"sellerpulse/test/performance/record"
)

// scenario is a load, and what is measured of programs under it.
type scenario struct {
	name       string
	partitions int
	sellers    int
	orders     float64 // of a seller, on average
	skew       float64 // Zipf's
	oneDay     bool    // orders are placed on one day, and nothing else happens to them
	rate       int     // events a second, sent live
	warmUp     time.Duration
	measure    time.Duration
	large      bool // only measured by name: it takes an hour, 10 GiB of this command's memory and 30 GB of disk
	ours       bool // only the processor can be measured
	carried    lab.IntakeOptions
	measures   []measurement
}

type measurement func(context.Context, *session, scenario, *lab.Topics, lab.Program) error

const (
	warmUp  = 20 * time.Second
	measure = 40 * time.Second
)

var scenarios = []scenario{
	{name: "10k", partitions: 4, sellers: 10_000, orders: 55, measures: []measurement{catchUp, kill}},
	{name: "200k", partitions: 4, sellers: 200_000, orders: 4, measures: []measurement{catchUp, kill}},
	{name: "1m", partitions: 4, sellers: 1_000_000, orders: 1.5, measures: []measurement{catchUp}},
	{name: "zipf", partitions: 4, sellers: 10_000, orders: 55, skew: 1, measures: []measurement{catchUp}},
	{name: "10m-orders", partitions: 4, sellers: 200_000, orders: 50, large: true, measures: []measurement{catchUp}},
	{name: "partitions-1", partitions: 1, sellers: 10_000, orders: 25, measures: []measurement{catchUp}},
	{name: "partitions-2", partitions: 2, sellers: 10_000, orders: 25, measures: []measurement{catchUp}},
	{name: "partitions-4", partitions: 4, sellers: 10_000, orders: 25, measures: []measurement{catchUp}},
	{name: "partitions-8", partitions: 8, sellers: 10_000, orders: 25, measures: []measurement{catchUp}},
	{name: "midnight", partitions: 1, sellers: 200_000, orders: 1, oneDay: true, ours: true, measures: []measurement{midnight}},
	{name: "delay-5k", partitions: 4, sellers: 2000, rate: 5000, warmUp: warmUp, measure: measure, measures: []measurement{delay}},
	{name: "delay-50k", partitions: 4, sellers: 20_000, rate: 50_000, warmUp: warmUp, measure: measure, measures: []measurement{delay}},
	{name: "backfill", partitions: 4, sellers: 10_000, orders: 55, rate: 5000, warmUp: warmUp, measure: measure, ours: true, measures: []measurement{backfill}},
	{name: "cut-over-10k", partitions: 4, sellers: 10_000, orders: 10, rate: 5000, warmUp: warmUp, measure: measure, ours: true, measures: []measurement{cutOver}},
	{name: "cut-over-100k", partitions: 4, sellers: 100_000, orders: 4, rate: 5000, warmUp: warmUp, measure: measure, ours: true, measures: []measurement{cutOver}},
	{name: "diff", partitions: 4, sellers: 100_000, orders: 2, ours: true, measures: []measurement{diff}},
	{name: "intake-amazon", partitions: 4, carried: lab.IntakeOptions{Mapping: "amazon-order-change", Source: "notifications", Records: 250_000}, ours: true, measures: []measurement{carry}},
	{name: "intake-shopify", partitions: 4, carried: lab.IntakeOptions{Mapping: "shopify", Source: "orders", Records: 300_000}, ours: true, measures: []measurement{carry}},
	{name: "intake-debezium", partitions: 4, carried: lab.IntakeOptions{Mapping: "debezium-orders", Source: "orders", Records: 400_000}, ours: true, measures: []measurement{carry}},
	{name: "intake-repartition", partitions: 4, carried: lab.IntakeOptions{Records: 4_000_000}, ours: true, measures: []measurement{carry}},
}

// scaled is a scenario of so much the size, with so many times the orders of a seller; what runs live runs at least some seconds.
func (s scenario) scaled(by, depth float64) scenario {
	s.orders *= depth
	if s.carried.Records > 0 {
		s.carried.Records = scaled(s.carried.Records, by)
		return s
	}
	s.sellers = scaled(s.sellers, by)
	if s.rate > 0 {
		s.rate = scaled(s.rate, by)
		s.warmUp = max(2*time.Second, time.Duration(float64(s.warmUp)*min(1, by)))
		s.measure = max(3*time.Second, time.Duration(float64(s.measure)*min(1, by)))
	}
	return s
}

// catchUp measures how a program reads all there is, and then how it restores the state that it has made.
func catchUp(ctx context.Context, s *session, one scenario, topics *lab.Topics, program lab.Program) (err error) {
	r := s.lab.Begin(ctx, program, topics)
	defer func() { err = errors.Join(err, r.End(ctx)) }()
	figures, series, err := r.CatchUp(ctx)
	if err != nil {
		return err
	}
	if err := s.keep(record.CatchUp, one, topics, program, r, figures, series); err != nil {
		return err
	}
	if figures, err = r.Restore(ctx); err != nil {
		return err
	}
	return s.keep(record.Restore, one, topics, program, r, figures, nil)
}

func kill(ctx context.Context, s *session, one scenario, topics *lab.Topics, program lab.Program) (err error) {
	return s.with(ctx, record.Kill, one, topics, program, (*lab.Run).Kill)
}

func midnight(ctx context.Context, s *session, one scenario, topics *lab.Topics, program lab.Program) (err error) {
	return s.with(ctx, record.Midnight, one, topics, program, (*lab.Run).Midnights)
}

// delay measures on topics of its own, since alerts of others would be among the program's.
func delay(ctx context.Context, s *session, one scenario, _ *lab.Topics, program lab.Program) (err error) {
	topics, err := s.lab.Create(ctx, one.partitions)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.lab.Drop(ctx, topics)) }()
	return s.with(ctx, record.Delay, one, topics, program, func(r *lab.Run, ctx context.Context) (map[string]float64, error) {
		return r.Delay(ctx, one.live())
	})
}

// backfill measures how a candidate catches up beside the program.
func backfill(ctx context.Context, s *session, one scenario, topics *lab.Topics, program lab.Program) (err error) {
	r := s.lab.Begin(ctx, program, topics)
	defer func() { err = errors.Join(err, r.End(ctx)) }()
	figures, series, err := r.Backfill(ctx, one.live())
	if err != nil {
		return err
	}
	return s.keep(record.Backfill, one, topics, program, r, figures, series)
}

func cutOver(ctx context.Context, s *session, one scenario, topics *lab.Topics, program lab.Program) (err error) {
	return s.with(ctx, record.CutOver, one, topics, program, func(r *lab.Run, ctx context.Context) (map[string]float64, error) {
		return r.CutOver(ctx, one.live())
	})
}

func diff(ctx context.Context, s *session, one scenario, topics *lab.Topics, program lab.Program) (err error) {
	return s.with(ctx, record.Diff, one, topics, program, (*lab.Run).Diff)
}

// carry measures an intake, on topics of its own.
func carry(ctx context.Context, s *session, one scenario, _ *lab.Topics, program lab.Program) (err error) {
	topics, err := s.lab.Create(ctx, one.partitions)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.lab.Drop(ctx, topics)) }()
	return s.with(ctx, record.Intake, one, topics, program, func(r *lab.Run, ctx context.Context) (map[string]float64, error) {
		return r.Intake(ctx, one.carried)
	})
}

func (s scenario) live() lab.LiveOptions {
	return lab.LiveOptions{Sellers: s.sellers, Rate: s.rate, WarmUp: s.warmUp, Measure: s.measure}
}

// with measures one thing of a run.
func (s *session) with(ctx context.Context, kind string, one scenario, t *lab.Topics, p lab.Program, f func(*lab.Run, context.Context) (map[string]float64, error)) (err error) {
	r := s.lab.Begin(ctx, p, t)
	defer func() { err = errors.Join(err, r.End(ctx)) }()
	figures, err := f(r, ctx)
	if err != nil {
		return err
	}
	return s.keep(kind, one, t, p, r, figures, nil)
}
