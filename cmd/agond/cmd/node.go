package cmd

import (
	"errors"

	dbm "github.com/cosmos/cosmos-db"
	"github.com/spf13/cast"

	"cosmossdk.io/log/v2"

	"github.com/cosmos/cosmos-sdk/baseapp"
	"github.com/cosmos/cosmos-sdk/client/flags"
	"github.com/cosmos/cosmos-sdk/server"
	servertypes "github.com/cosmos/cosmos-sdk/server/types"

	"github.com/agon-chain/agon/app"
)

// errNoHome is returned by export when it does not know which node to read.
var errNoHome = errors.New("home is not set; name the node's folder with --home")

// newApp builds the application of a node from its configuration. The server's interface leaves no room for an error,
// so an application that cannot be built stops the process here, before anything listens.
func newApp(logger log.Logger, db dbm.DB, options servertypes.AppOptions) servertypes.Application {
	baseOptions := append(server.DefaultBaseappOptions(options), baseapp.SetOptimisticExecution())
	node, err := app.New(logger, db, options, baseOptions...)
	if err != nil {
		panic(err)
	}
	return node
}

// exportApp writes the state at a height, or at the last one for -1, as a genesis. It logs nothing, because the genesis
// goes to the same standard output as the log would.
func exportApp(
	_ log.Logger, db dbm.DB, height int64, forZeroHeight bool, jailAllowed []string,
	options servertypes.AppOptions, modules []string,
) (servertypes.ExportedApp, error) {
	if cast.ToString(options.Get(flags.FlagHome)) == "" {
		return servertypes.ExportedApp{}, errNoHome
	}
	baseOptions := server.DefaultBaseappOptions(options)
	logger := log.NewNopLogger()
	build := func() (*app.App, error) { return app.New(logger, db, options, baseOptions...) }
	if height != -1 {
		build = func() (*app.App, error) { return app.NewAtHeight(logger, db, height, options, baseOptions...) }
	}
	node, err := build()
	if err != nil {
		return servertypes.ExportedApp{}, err
	}
	return node.Export(forZeroHeight, jailAllowed, modules)
}
