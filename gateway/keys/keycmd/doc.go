// Package keycmd is the commands key and customer of a gateway's command line. They work on the database itself, whether or not a gateway runs on it;
// one that runs follows within [keys.Options.Poll].
//
// stdout is the answer, stderr the rest. A secret is written to stdout, once.
package keycmd
