package access

import (
	"log/slog"
	"net/http"
)

// maxAuditedBytes bounds what a line of the log repeats of a request.
const maxAuditedBytes = 256

// audit tells who did what. What is told of a request is its method and path: tokens are in neither.
func (g *Guard) audit(r *http.Request, action string, who Principal, status int, reason string) {
	path := r.URL.Path
	if len(path) > maxAuditedBytes {
		path = path[:maxAuditedBytes] + "…"
	}
	about := []any{
		slog.String("action", action), slog.String("name", who.Name), slog.String("role", who.Role.String()), slog.String("by", who.By),
		slog.String("address", r.RemoteAddr), slog.String("method", r.Method), slog.String("path", path), slog.Int("status", status),
	}
	if reason != "" {
		about = append(about, slog.String("reason", reason))
	}
	g.log.Info("audit", slog.Group("audit", about...))
}
