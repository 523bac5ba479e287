package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/mattn/go-isatty"
	"github.com/spf13/cobra"

	"github.com/agon-chain/agon/localnet/demo"
)

// demoCommand watches a network judge and pay, and says whether it did what it promises.
func demoCommand() *cobra.Command {
	var flags networkFlags
	var epochs uint64
	var report, output string
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Start six miners and four validators, watch who earns what, and check it against their true accuracy",
		Long: `Start a chain, a subnet for language identification, six miners (three experts of different quality, one that answers
at random, one that always answers the same, one that is slow and drops requests) and four validators (two honest, one
that copies weights, one that colludes with the random miner). Watch some epochs, measure every miner's true accuracy on
held-out questions, and compare it with what the network paid. Exits 0 only if experts earned by their accuracy, nobody
else earned, and every coin is accounted for.`,
		Example: "  agon-localnet demo\n  agon-localnet demo --epochs 20 --output json > report.json",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if output != "text" && output != "json" {
				return fmt.Errorf("--output is %q, must be text or json", output)
			}
			if epochs < 3 {
				return fmt.Errorf("--epochs is %d, at least 3: the first two pay nothing yet", epochs)
			}
			cfg, err := flags.config()
			if err != nil {
				return err
			}
			out := io.Writer(os.Stdout)
			if output == "json" {
				out = os.Stderr
			}
			if report == "" {
				report = filepath.Join(cfg.Dir, "report.json")
			}
			result, err := demo.Run(cmd.Context(), demo.Options{
				Network: cfg, Epochs: epochs, ReportPath: report, Out: out,
				Terminal: output == "text" && isatty.IsTerminal(os.Stdout.Fd()),
			})
			if output == "json" && len(result.Subnets) > 0 {
				encoder := json.NewEncoder(os.Stdout)
				encoder.SetIndent("", "  ")
				if err := encoder.Encode(result); err != nil {
					return err
				}
			}
			return err
		},
	}
	flags.add(cmd, filepath.Join(".agon", "demo"))
	cmd.Flags().Uint64Var(&epochs, "epochs", demo.DefaultEpochs, "epochs to watch")
	cmd.Flags().StringVar(&report, "report", "", "file of the report as JSON (default DIR/report.json)")
	cmd.Flags().StringVar(&output, "output", "text", "what stdout gets: text or json")
	return cmd
}
