package app

import (
	"os"
	"path/filepath"

	"github.com/agon-chain/agon/app/params"
)

// Name is what the application calls itself in logs and in the version response.
const Name = params.AppName

// Limits and defaults of a node. An operator changes them in app.toml and config.toml; the values here are what
// `agond init` writes.
const (
	// QueryGasLimit bounds the gas of one gRPC or REST query, so that a public node cannot be stopped by one. The
	// largest query of the chain, a page of a full metagraph, costs less than a tenth of it.
	QueryGasLimit = 50_000_000

	// SnapshotInterval is the number of blocks between two state-sync snapshots.
	SnapshotInterval = 1_000
	// SnapshotKeepRecent is the number of snapshots that a node keeps and offers to nodes that join.
	SnapshotKeepRecent = 2

	// MaxBlockGas is the genesis value of the consensus parameter block.max_gas: some 4,000 purchases of stake, which take about
	// half a second to execute on one core. At a block in two seconds a lower limit would bind before the machine does.
	MaxBlockGas = 1_000_000_000
	// MaxBlockBytes is the genesis value of the consensus parameter block.max_bytes. Blocks carry weights, vouchers and
	// registrations, never model data, so a block that takes long to gossip is never needed.
	MaxBlockBytes = 4 << 20
)

// DefaultHome is the folder of a node unless --home says otherwise: ~/.agond.
func DefaultHome() string {
	home, err := os.UserHomeDir()
	if err != nil {
		// Without a home folder, the working directory is the only place that is surely writable.
		home = "."
	}
	return filepath.Join(home, "."+params.AppName)
}
