// Package sse reads and writes server-sent events (WHATWG HTML, section 9.2), with a bound on what one event may take.
//
// It keeps the bytes of each event as they came, since receipts hash them. It does not reconnect and knows no HTTP: retry and id fields
// are skipped.
package sse
