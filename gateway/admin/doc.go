// Package admin is the HTTP API by which an operator makes customers and keys, limits and ends them, adds credits, and reads usage.
//
// It is a handler for a listener that is not the public one; who may listen where is the server's concern. Each request carries the administrator's
// token, which is in a file that its owner alone can read. Errors have OpenAI's shape. A key's secret is in the answer that makes it and nowhere else.
package admin
