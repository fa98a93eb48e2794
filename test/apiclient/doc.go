// Package apiclient is a client of the API, generated from its OpenAPI document: that others can do so is what it is here to show. It is made by
// `go generate ./internal/web/api`.
package apiclient
