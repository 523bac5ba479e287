package main

import (
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/agon-chain/agon/localnet"
)

// rootCommand is the program's command line.
func rootCommand() *cobra.Command {
	root := &cobra.Command{
		Use:           "agon-localnet",
		Short:         "Run a whole Agon network on this machine",
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.AddCommand(demoCommand(), upCommand())
	return root
}

// networkFlags are the flags that say what network to run.
type networkFlags struct {
	dir, bin, data, models string
	nodes                  int
	blockTime              time.Duration
}

// add declares the flags; dir is where the network writes unless told otherwise.
func (f *networkFlags) add(cmd *cobra.Command, dir string) {
	d := localnet.DefaultConfig("")
	flags := cmd.Flags()
	flags.StringVar(&f.dir, "dir", dir, "folder of the network; what an earlier one left there is removed")
	flags.StringVar(&f.bin, "bin", d.BinDir, "folder of agond, agon-miner, agon-validator and agon-gateway")
	flags.StringVar(&f.data, "data-dir", filepath.Join(".agon", "data"), "folder of the material that questions are made from, a folder for each task")
	flags.StringVar(&f.models, "models", "models", "folder of the language models that the repository ships")
	flags.IntVar(&f.nodes, "nodes", d.Nodes, "number of consensus nodes")
	flags.DurationVar(&f.blockTime, "block-time", d.BlockTime, "wait between two blocks")
}

// config is the default network with what the flags say. Paths become absolute: the programs have folders of their own.
func (f *networkFlags) config() (localnet.Config, error) {
	cfg := localnet.DefaultConfig("")
	cfg.Nodes, cfg.BlockTime = f.nodes, f.blockTime
	for into, path := range map[*string]string{&cfg.Dir: f.dir, &cfg.BinDir: f.bin, &cfg.Subnets[0].DataDir: filepath.Join(f.data, "udhr")} {
		absolute, err := filepath.Abs(path)
		if err != nil {
			return cfg, err
		}
		*into = absolute
	}
	if err := cfg.AddSpeeches(f.models, filepath.Join(f.data, "sotu")); err != nil {
		return cfg, err
	}
	return cfg, cfg.Validate()
}
