// Package cmd is the command line of agon-miner. It reads the configuration, opens keys and node, and hands them to package
// miner; it decides nothing itself.
package cmd
