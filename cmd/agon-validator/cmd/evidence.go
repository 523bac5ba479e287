package cmd

import (
	"encoding/json"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/agon-chain/agon/validator"
)

func newEvidence() *cobra.Command {
	var output string
	var mechanism uint32
	c := &cobra.Command{
		Use:   "evidence [CASE|HASH]",
		Short: "Print what an accusation or a vote of this validator rests on",
		Long: `evidence prints the accounts on an accused miner and every question, answer and signed receipt that they were made of. As JSON it is the file whose SHA-256 is
the hash on the chain, byte for byte, so that whoever has the pinned model can look at the answers again. Without an argument it lists what this validator
accuses and judges. It reads files, and so works while the daemon runs and while it does not.`,
		Example: `  agon-validator evidence
  agon-validator evidence 12
  agon-validator evidence 12 --output json | sha256sum`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if output != "text" && output != "json" {
				return fmt.Errorf("--output is %q, want text or json", output)
			}
			if len(args) == 0 {
				r, err := validator.ReadDisputes(home(c), mechanism)
				if err != nil {
					return err
				}
				if output == "text" {
					return r.Table(c.OutOrStdout())
				}
				e := json.NewEncoder(c.OutOrStdout())
				e.SetIndent("", "  ")
				return e.Encode(r)
			}
			raw, e, err := validator.ReadEvidence(home(c), mechanism, args[0])
			if err != nil {
				return err
			}
			if output == "text" {
				return e.Table(c.OutOrStdout())
			}
			_, err = c.OutOrStdout().Write(raw)
			return err
		},
	}
	c.Flags().StringVarP(&output, "output", "o", "text", "text or json")
	c.Flags().Uint32Var(&mechanism, "mechanism", 0, "scoring mechanism whose validator is asked")
	return c
}
