package cmd

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/agon-chain/agon/lm"
)

const (
	fileFlag   = "file"
	memoryFlag = "max-memory"
)

func newModelCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "model",
		Short: "Run, score and look at a language model in a GGUF file",
		Long: `model computes language models of the llama architecture with this program alone: GGUF files with weights in f32, f16, q8_0 or
q4_0. It needs neither a chain nor a configuration.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newModelRunCommand(), newModelScoreCommand(), newModelShowCommand())
	return cmd
}

// addModelFile adds the flags that openModel reads.
func addModelFile(cmd *cobra.Command) {
	cmd.Flags().String(fileFlag, "", "the model, a GGUF file")
	cmd.Flags().Uint64(memoryFlag, lm.DefaultMaxBytes>>20, "the most memory that weights may take, in MiB; 4 bytes a parameter")
	_ = cmd.MarkFlagRequired(fileFlag) // the flag is there
}

// openModel loads the model of --file, with its tokenizer.
func openModel(cmd *cobra.Command) (*lm.Model, error) {
	path, err := cmd.Flags().GetString(fileFlag)
	if err != nil {
		return nil, err
	}
	memory, err := cmd.Flags().GetUint64(memoryFlag)
	if err != nil {
		return nil, err
	}
	const most = 1 << 40 // MiB; more would overflow and is no machine's
	m, err := lm.Open(path, lm.Options{MaxBytes: min(memory, most) << 20})
	if err != nil {
		return nil, err
	}
	if m.Tokenizer == nil {
		return nil, fmt.Errorf("%s has no tokenizer, so no text can be given to it", path)
	}
	return m, nil
}
