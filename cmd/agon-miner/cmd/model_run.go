package cmd

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/agon-chain/agon/lm"
	"github.com/agon-chain/agon/lm/tokenizer"
	"github.com/agon-chain/agon/task/chat"
)

// completion is the answer of model run.
type completion struct {
	Text   string     `json:"text"`
	Tokens []lm.Token `json:"tokens"`
	Reason lm.Reason  `json:"finish_reason"`
	End    *lm.Token  `json:"end,omitempty"` // the token that ended the text
}

func newModelRunCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "run",
		Short: "Go on with a text",
		Long: `run goes on with a text and prints what comes. Without --temperature the likeliest token is taken each time; with it, tokens are drawn,
and the same seed draws the same ones again (package lm/sample says how). Log-probabilities are natural and of the unmodified distribution.`,
		Example: `  agon-miner model run --file stories.gguf --prompt "Once upon a time" --max-tokens 100
  agon-miner model run --file stories.gguf --prompt "Once upon a time" --temperature 0.8 --top-p 0.95 --seed 7 --stop "The end" --output json`,
		Args: cobra.NoArgs,
		RunE: runModelRun,
	}
	addModelFile(cmd)
	f := cmd.Flags()
	f.String("prompt", "", "text to go on with")
	f.Bool("special", false, "recognise special tokens such as </s> in the prompt")
	f.Int("max-tokens", 128, "the most tokens to generate; 0 for as many as the context holds")
	f.Float64("temperature", 0, "0 for the likeliest token each time, up to 100")
	f.Int("top-k", 0, "draw among that many of the likeliest tokens; 0 for all")
	f.Float64("top-p", 1, "draw among the likeliest tokens that have this part of the probability, above 0 to 1")
	f.Int64("seed", 0, "what the draws come from: the same as a chat request with this seed")
	f.StringArray("stop", nil, "text that ends the answer before it; may be given several times")
	addOutput(cmd)
	return cmd
}

func runModelRun(cmd *cobra.Command, _ []string) error {
	r, prompt, special, err := modelRequest(cmd)
	if err != nil {
		return err
	}
	form, err := cmd.Flags().GetString(outputFlag)
	if err != nil {
		return err
	}
	m, err := openModel(cmd)
	if err != nil {
		return err
	}
	r.Prompt = m.Tokenizer.Encode(prompt, tokenizer.Options{Special: special})
	if form == "text" { // it is read as it comes
		r.OnText = func(text string) error {
			_, err := io.WriteString(cmd.OutOrStdout(), text)
			return err
		}
	}
	c, err := m.NewSession(lm.SessionOptions{}).Generate(cmd.Context(), r)
	if err != nil {
		return err
	}
	return answer(cmd, completion{c.Text, c.Tokens, c.Reason, c.End}, func(w io.Writer) error {
		_, err := fmt.Fprintln(w)
		return err
	})
}

// modelRequest reads the flags; lm judges them.
func modelRequest(cmd *cobra.Command) (r lm.Request, prompt string, special bool, err error) {
	f := cmd.Flags()
	var seed int64
	p := &r.Sampler.Params
	for _, read := range []func() error{
		func() (err error) { prompt, err = f.GetString("prompt"); return },
		func() (err error) { special, err = f.GetBool("special"); return },
		func() (err error) { r.MaxTokens, err = f.GetInt("max-tokens"); return },
		func() (err error) { r.Stop, err = f.GetStringArray("stop"); return },
		func() (err error) { p.Temperature, err = f.GetFloat64("temperature"); return },
		func() (err error) { p.TopK, err = f.GetInt("top-k"); return },
		func() (err error) { p.TopP, err = f.GetFloat64("top-p"); return },
		func() (err error) { seed, err = f.GetInt64("seed"); return },
	} {
		if err := read(); err != nil {
			return r, "", false, err
		}
	}
	r.Sampler.Seed = chat.Request{Seed: &seed}.Sampler(nil).Seed
	return r, prompt, special, p.Validate()
}
