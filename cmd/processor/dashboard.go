package main

import (
	"time"

	"github.com/spf13/cobra"

	"sellerpulse/internal/app"
	"sellerpulse/internal/task"
	"sellerpulse/internal/worker"
)

// newDashboard is `processor dashboard`.
func newDashboard(s *session) *cobra.Command {
	var http httpFlags
	var memory size
	var peerAuthority string
	days := zone{time.UTC}
	cmd := &cobra.Command{
		Use: "dashboard [flags]", Short: "Serve the pages and the API without a state", Args: noArguments,
		Long: `Serves the dashboard and the API without a state: where each seller stands, by its latest report, and recent alerts come from the output topics. It is in no
group, so that people can be kept away from the processors, and any number of such processes may run. What is behind a number, the orders, it asks of the
processors of --app-id, which the group's description tells it, with the token or session of who asks: give all the same --http-tokens-file. Where none
runs, or none answers, the pages say so.`,
		Example: `  processor dashboard
  processor dashboard --listen :8080 --http-tokens-file tokens --http-tls-cert server.pem --http-tls-key server.key`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			guard, err := s.guard(&http)
			if err != nil {
				return err
			}
			if http.listen == "" {
				return usage("--listen: without an address there is nothing to serve")
			}
			o := app.Options{
				Kafka: s.kafka(), Listen: string(http.listen), Access: guard, PublicMetrics: http.publicMetrics, Connections: int(http.connections), Version: versionName(), Logger: s.log,
				Worker: worker.Options{Options: task.Options{AppID: s.shared.appID, Topics: s.shared.topics(), Zone: days.location}},
			}
			if o.Worker.Memory, err = limitMemory(memory); err != nil {
				return err
			}
			if o.Authorities, err = readAuthorities("--peer-tls-ca", peerAuthority); err != nil {
				return err
			}
			return app.ServePublished(cmd.Context(), o, func(address string) {
				s.log.Info("the dashboard is served", "address", address)
			})
		},
	}
	f := cmd.Flags()
	f.Var(&memory, "memory", "`size` up to which the process may be in memory, as 512MiB or 2GiB, at least 192MiB (default as of run)")
	f.Var(&days, "time-zone", "time zone of the marketplace, in which times are shown")
	f.StringVar(&peerAuthority, "peer-tls-ca", "", "PEM `file` of the authorities that the certificates of processors must be signed by, which are then asked by https alone; without it the system's")
	http.add(f, "127.0.0.1:8080", "where the dashboard, the API, /metrics, /livez and /readyz are")
	return cmd
}
