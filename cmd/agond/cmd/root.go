package cmd

import (
	"fmt"
	"os"
	"runtime/debug"

	dbm "github.com/cosmos/cosmos-db"
	"github.com/spf13/cobra"

	"cosmossdk.io/log/v2"

	"github.com/cosmos/cosmos-sdk/client"
	clientconfig "github.com/cosmos/cosmos-sdk/client/config"
	clientdebug "github.com/cosmos/cosmos-sdk/client/debug"
	"github.com/cosmos/cosmos-sdk/client/flags"
	"github.com/cosmos/cosmos-sdk/client/keys"
	"github.com/cosmos/cosmos-sdk/client/pruning"
	"github.com/cosmos/cosmos-sdk/client/snapshot"
	"github.com/cosmos/cosmos-sdk/server"
	simtestutil "github.com/cosmos/cosmos-sdk/testutil/sims"
	"github.com/cosmos/cosmos-sdk/version"
	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"
	genutilcli "github.com/cosmos/cosmos-sdk/x/genutil/client/cli"

	"github.com/agon-chain/agon/app"
	"github.com/agon-chain/agon/app/params"
	"github.com/agon-chain/agon/cmd/agond/epoch"
	"github.com/agon-chain/agon/cmd/agond/query"
	"github.com/agon-chain/agon/cmd/agond/verbs"
)

// EnvPrefix starts the environment variables that stand for flags: AGOND_HOME is --home.
const EnvPrefix = "AGOND"

// NewRootCommand builds the whole command tree.
//
// It builds an application over an empty store in memory, because the types, commands and default genesis of the
// modules are known to the application only.
func NewRootCommand() (*cobra.Command, error) {
	nameBinary()
	lender, err := app.New(log.NewNopLogger(), dbm.NewMemDB(), simtestutil.EmptyAppOptions{})
	if err != nil {
		return nil, fmt.Errorf("build the application: %w", err)
	}
	encoding := lender.Encoding()
	base := client.Context{}.
		WithCodec(encoding.Codec).
		WithInterfaceRegistry(encoding.InterfaceRegistry).
		WithTxConfig(encoding.TxConfig).
		WithLegacyAmino(encoding.Amino).
		WithInput(os.Stdin).
		WithAccountRetriever(authtypes.AccountRetriever{}).
		WithBroadcastMode(flags.BroadcastSync).
		WithHomeDir(app.DefaultHome()).
		WithViper(EnvPrefix)

	root := &cobra.Command{
		Use:           params.AppName,
		Short:         "Agon: node, wallet and command line of the chain on which expert models compete",
		SilenceErrors: true,
		SilenceUsage:  true,
		PersistentPreRunE: func(cmd *cobra.Command, _ []string) error {
			return prepare(cmd, base)
		},
	}
	root.AddCommand(
		initCommand(lender.Basics()),
		genutilcli.Commands(encoding.TxConfig, lender.Basics(), app.DefaultHome()),
		clientdebug.Cmd(),
		pruning.Cmd(newApp, app.DefaultHome()),
		snapshot.Cmd(newApp),
		keys.Commands(),
		server.StatusCommand(),
		queryCommand(),
		txCommand(),
		epoch.Command(),
	)
	root.AddCommand(verbs.Commands()...)
	server.AddCommands(root, app.DefaultHome(), newApp, exportApp, func(*cobra.Command) {})

	start, _, err := root.Find([]string{"start"})
	if err != nil {
		return nil, fmt.Errorf("find the command that starts a node: %w", err)
	}
	relaxCollector(start)

	autoCLI := lender.AutoCLI()
	autoCLI.ClientCtx = base
	if err := autoCLI.EnhanceRootCommand(root); err != nil {
		return nil, fmt.Errorf("build the modules' commands: %w", err)
	}
	scoring, _, err := root.Find([]string{"query", "scoring"})
	if err != nil {
		return nil, fmt.Errorf("find the commands of scoring: %w", err)
	}
	query.AddScoring(scoring)
	return root, nil
}

// prepare runs before every command: it reads the flags, the environment, and client.toml, config.toml and app.toml, in
// this order of precedence, and leaves the result in the command's context.
func prepare(cmd *cobra.Command, base client.Context) error {
	cmd.SetOut(cmd.OutOrStdout())
	cmd.SetErr(cmd.ErrOrStderr())
	if err := flagsFromEnvironment(cmd); err != nil {
		return err
	}
	clientCtx, err := client.ReadPersistentCommandFlags(
		base.WithCmdContext(cmd.Context()).WithOutput(cmd.OutOrStdout()), cmd.Flags())
	if err != nil {
		return err
	}
	clientCtx, err = clientconfig.ReadFromClientConfig(clientCtx)
	if err != nil {
		return err
	}
	if err := client.SetCmdClientContextHandler(clientCtx, cmd); err != nil {
		return err
	}
	if err := defaultFees(cmd); err != nil {
		return err
	}
	return server.InterceptConfigsPreRunHandler(cmd, "", nil, cometConfig())
}

// nameBinary fills in what the linker was not told, so that a plain `go build` still says what it is.
func nameBinary() {
	version.Name, version.AppName = "agon", params.AppName
	if version.Version != "" {
		return
	}
	version.Version = "dev"
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, setting := range info.Settings {
			if setting.Key == "vcs.revision" && version.Commit == "" {
				version.Commit = setting.Value
			}
		}
	}
}
