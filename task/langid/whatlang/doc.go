// Package whatlang answers langid requests with the whatlanggo library: scripts
// and trigram profiles, restricted to the subnet's languages. It takes a few
// megabytes and starts at once.
package whatlang
