package cmd

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/agon-chain/agon/miner/hardware"
)

func newHardwareCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "hardware",
		Short: "Show the hardware that would be published",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			r := hardware.Local(cmd.Context())
			return answer(cmd, r, func(w io.Writer) error {
				fmt.Fprintln(w, r)
				for _, a := range r.Accelerators {
					fmt.Fprintf(w, "  %d  %s, %s\n", a.Index, a, a.UUID)
				}
				if r.Kind == hardware.KindGPU {
					fmt.Fprintf(w, "  host: %d x %s, %s\n", r.CPU.Threads, r.CPU.Model, hardware.Bytes(r.CPU.Memory))
				}
				if r.Incomplete != "" {
					fmt.Fprintln(w, "  not read:", r.Incomplete)
				}
				return nil
			})
		},
	}
	addOutput(cmd)
	return cmd
}
