// Package problem writes errors of HTTP as RFC 9457 has them. What is wrong is left to its callers.
package problem
