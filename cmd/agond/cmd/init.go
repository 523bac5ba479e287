package cmd

import (
	"fmt"
	"path/filepath"

	cmtconfig "github.com/cometbft/cometbft/config"
	"github.com/spf13/cobra"

	"github.com/cosmos/cosmos-sdk/client"
	"github.com/cosmos/cosmos-sdk/server"
	serverconfig "github.com/cosmos/cosmos-sdk/server/config"
	"github.com/cosmos/cosmos-sdk/types/module"
	genutilcli "github.com/cosmos/cosmos-sdk/x/genutil/client/cli"
	genutiltypes "github.com/cosmos/cosmos-sdk/x/genutil/types"

	"github.com/agon-chain/agon/app"
)

// initCommand is the SDK's init with the chain's own defaults in the three files that it writes.
func initCommand(basics module.BasicManager) *cobra.Command {
	cmd := genutilcli.InitCmd(basics, app.DefaultHome())
	write := cmd.RunE
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		node := server.GetServerContextFromCmd(cmd).Config
		// A profiler that listens is for those who ask for it.
		node.RPC.PprofListenAddress = ""
		if err := write(cmd, args); err != nil {
			return err
		}
		home := client.GetClientContextFromCmd(cmd).HomeDir
		if err := setConsensusParams(node); err != nil {
			return err
		}
		serverconfig.WriteConfigFile(filepath.Join(home, "config", "app.toml"), appConfig())
		return nil
	}
	return cmd
}

// setConsensusParams puts the chain's limits into the genesis file that was just written, and keeps the key type that
// the command was asked for.
func setConsensusParams(node *cmtconfig.Config) error {
	path := node.GenesisFile()
	genesis, err := genutiltypes.AppGenesisFromFile(path)
	if err != nil {
		return fmt.Errorf("read %s: %w", path, err)
	}
	consensus := app.ConsensusParams()
	consensus.Validator.PubKeyTypes = genesis.Consensus.Params.Validator.PubKeyTypes
	genesis.Consensus.Params = consensus
	if err := genesis.SaveAs(path); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}
