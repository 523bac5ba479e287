package cmd

import (
	"errors"
	"fmt"
	"io"
	"math"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/agon-chain/agon/lm"
	"github.com/agon-chain/agon/lm/tokenizer"
)

// scored is the answer of model score.
type scored struct {
	Tokens []lm.Token `json:"tokens"`
	Sum    float64    `json:"logprob"` // of the whole completion
	// Perplexity is e to the mean of what the tokens lack, 1 for a completion that was certain.
	Perplexity float64 `json:"perplexity"`
}

func newModelScoreCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "score",
		Short: "Say how likely a text goes on as it does",
		Long: `score prints the log-probability of each token of a completion, given the prompt and the tokens before it: natural, of the
unmodified distribution. The completion's tokens are those of its text taken by itself, so a space at its beginning counts.`,
		Example: `  agon-miner model score --file stories.gguf --prompt "Once upon a time" --completion ", there was a little girl" --output json`,
		Args:    cobra.NoArgs,
		RunE:    runModelScore,
	}
	addModelFile(cmd)
	cmd.Flags().String("prompt", "", "text before the completion")
	cmd.Flags().String("completion", "", "text whose tokens are scored")
	cmd.Flags().Bool("special", false, "recognise special tokens such as </s> in both")
	addOutput(cmd)
	return cmd
}

func runModelScore(cmd *cobra.Command, _ []string) error {
	f := cmd.Flags()
	prompt, err := f.GetString("prompt")
	if err != nil {
		return err
	}
	text, err := f.GetString("completion")
	if err != nil {
		return err
	}
	special, err := f.GetBool("special")
	if err != nil {
		return err
	}
	if text == "" {
		return errors.New("--completion is empty: give the text to score")
	}
	m, err := openModel(cmd)
	if err != nil {
		return err
	}
	ids := m.Tokenizer.Encode(text, tokenizer.Options{Special: special, Continue: true})
	logprobs, err := m.NewSession(lm.SessionOptions{}).Score(cmd.Context(), m.Tokenizer.Encode(prompt, tokenizer.Options{Special: special}), ids)
	if err != nil {
		return err
	}
	out := scored{}
	for i, id := range ids {
		piece := m.Tokenizer.Piece(id)
		if piece == "" { // a special token: its name says more than nothing
			piece = m.Tokenizer.Text(id)
		}
		out.Tokens = append(out.Tokens, lm.Token{ID: id, Text: piece, LogProb: logprobs[i]})
		out.Sum += logprobs[i]
	}
	out.Perplexity = math.Exp(-out.Sum / float64(len(ids)))
	return answer(cmd, out, func(w io.Writer) error {
		t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
		fmt.Fprintln(t, "ID\tLOGPROB\t  TEXT")
		for _, tok := range out.Tokens {
			fmt.Fprintf(t, "%d\t%.4f\t  %q\n", tok.ID, tok.LogProb, tok.Text)
		}
		if err := t.Flush(); err != nil {
			return err
		}
		_, err := fmt.Fprintf(w, "%d tokens, log-probability %.4f, perplexity %.4f\n", len(ids), out.Sum, out.Perplexity)
		return err
	})
}
