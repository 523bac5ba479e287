package epoch

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/agon-chain/agon/x/scoring/yuma/scenario"
)

// patience is how long a command is silent before it shows how far it is.
const patience = 2 * time.Second

func replayCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "replay FILE",
		Short: "Reckon the epochs of a file and print their results as one JSON document",
		Long: `Reckon every epoch of a file from its own input, without a chain, and print one JSON document:

  {"scenarios":[{"name":...,"epochs":[{"incentive_u16":[...],"dividends_u16":[...],"consensus_u16":[...],...}]}]}

The file is one that agond epoch export wrote, or reference figures in the same form; - reads standard input.
Fractions are of 65535, rounded down; emissions are in units of the epoch's own, rounded down.`,
		Example: `agond epoch export 1 > next.json && agond epoch replay next.json
agond epoch replay x/scoring/yuma/testdata/epoch_reference.json | jq '.scenarios[0].epochs[0].incentive_u16'`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			document, err := readDocument(cmd.InOrStdin(), args[0])
			if err != nil {
				return err
			}
			epochs := 0
			for _, s := range document.Scenarios {
				epochs += len(s.Epochs)
			}
			done, shown := 0, time.Now()
			results, err := scenario.Replay(document, func() {
				if done++; time.Since(shown) > patience {
					fmt.Fprintf(cmd.ErrOrStderr(), "%d of %d epochs\n", done, epochs)
					shown = time.Now()
				}
			})
			if err != nil {
				return fmt.Errorf("replay %s: %w", args[0], err)
			}
			return write(cmd.OutOrStdout(), results)
		},
	}
}

func readDocument(stdin io.Reader, path string) (scenario.Document, error) {
	in := stdin
	if path != "-" {
		f, err := os.Open(path)
		if err != nil {
			return scenario.Document{}, err
		}
		defer f.Close()
		in = f
	}
	d, err := scenario.Read(bufio.NewReader(in))
	if err != nil {
		return scenario.Document{}, fmt.Errorf("read %s: %w; agond epoch export writes such a file", path, err)
	}
	return d, nil
}

// write prints one JSON document and a line end.
func write(w io.Writer, v any) error {
	b := bufio.NewWriter(w)
	if err := json.NewEncoder(b).Encode(v); err != nil {
		return err
	}
	return b.Flush()
}
