package cmd

import (
	"time"

	cmtconfig "github.com/cometbft/cometbft/config"

	serverconfig "github.com/cosmos/cosmos-sdk/server/config"

	"github.com/agon-chain/agon/app"
	"github.com/agon-chain/agon/app/params"
)

// timeoutCommit is how long a node waits for late votes after a block is decided: with the round trips of a public
// network it makes a block about every two seconds.
const timeoutCommit = 2 * time.Second

// cometConfig is the config.toml that `agond init` writes.
func cometConfig() *cmtconfig.Config {
	cfg := cmtconfig.DefaultConfig()
	cfg.Consensus.TimeoutCommit = timeoutCommit
	return cfg
}

// appConfig is the app.toml that `agond init` writes.
func appConfig() *serverconfig.Config {
	cfg := serverconfig.DefaultConfig()
	cfg.MinGasPrices = params.MinGasPrice
	cfg.QueryGasLimit = app.QueryGasLimit
	cfg.API.Enable = true
	cfg.GRPC.Enable = true
	// A transaction is found by its hash and by who sent it. Whoever searches by other events sets [] here, which indexes all of them
	// and costs a tenth of the throughput.
	cfg.IndexEvents = []string{"message.sender"}
	cfg.StateSync.SnapshotInterval = app.SnapshotInterval
	cfg.StateSync.SnapshotKeepRecent = app.SnapshotKeepRecent
	return cfg
}
