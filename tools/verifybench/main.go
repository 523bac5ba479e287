// Command verifybench measures how often each way to cheat with a language model is caught, and how often honest miners are
// wrongly accused, and writes the table of docs/verification.md.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/signal"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/agon-chain/agon/lm/gguf"
	"github.com/agon-chain/agon/lm/quant"
	"github.com/agon-chain/agon/lm/tokenizer"
	"github.com/agon-chain/agon/lm/train/corpus"
	"github.com/agon-chain/agon/task/chat/engine"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := command().ExecuteContext(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "verifybench:", err)
		os.Exit(1)
	}
}

type options struct {
	models, corpus, page, figures string
	plan                          plan
	peer                          bool
	gpu, torch                    string
	precisions                    []string
}

func command() *cobra.Command {
	var o options
	cmd := &cobra.Command{
		Use: "verifybench", Short: "Measure how often each cheat is caught, and write the table of docs/verification.md",
		Long: `Calibrate on honest variants of the pinned model, let honest miners and cheats answer prompts from speeches that no model was
trained on, judge every answer by all layers, and draw trials of 5, 20 and 50 answers from them. Exits 1 if a goal of the table is
missed, after writing it.`,
		Args: cobra.NoArgs, SilenceUsage: true, SilenceErrors: true,
		RunE: func(cmd *cobra.Command, _ []string) error { return measure(cmd.Context(), o) },
	}
	profiles := &cobra.Command{
		Use: "profiles", Short: "Calibrate every shipped model and write its profile.json",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return writeProfiles(cmd.Context(), o) },
	}
	f := cmd.Flags()
	f.StringVar(&o.page, "page", filepath.Join("docs", "verification.md"), "page whose table is written")
	f.StringVar(&o.figures, "figures", filepath.Join("docs", "verification.json"), "file of all figures")
	f.IntVar(&o.plan.Probes, "probes", 600, "answers of each cheat")
	f.IntVar(&o.plan.Honest, "honest", 3_000, "answers of each honest miner")
	f.IntVar(&o.plan.Peer, "peer", 600, "answers of each honest miner with llama.cpp")
	f.IntVar(&o.plan.Trials, "trials", 2_000, "trials drawn for each row of the table")
	for _, flags := range []*pflag.FlagSet{f, profiles.Flags()} {
		flags.StringVar(&o.models, "models", "models", "folder of the shipped models")
		flags.StringVar(&o.corpus, "corpus", filepath.Join(".agon", "data", "sotu"), "folder of the speeches that prompts are cut from")
		flags.IntVar(&o.plan.Calibration, "calibration", 400, "answers of each honest variant to calibrate on, half of them at temperature 0")
		flags.IntVar(&o.plan.Tokens, "tokens", 24, "tokens of an answer, at most")
		flags.Uint64Var(&o.plan.Seed, "seed", 1, "seed of everything that is drawn")
		flags.BoolVar(&o.peer, "llamacpp", true, "calibrate on llama.cpp too; without it on this project's own engine alone")
		flags.StringVar(&o.gpu, "gpu", "", "calibrate on llama.cpp on a GPU too, by cuda or vulkan")
		flags.StringVar(&o.torch, "torch", "", "calibrate on PyTorch too, by its device: cpu or cuda")
		flags.StringSliceVar(&o.precisions, "precisions", []string{"float32", "bfloat16"}, "that PyTorch computes in")
	}
	cmd.AddCommand(profiles)
	return cmd
}

// writeProfiles calibrates each shipped model on its honest variants and writes profile.json beside it.
func writeProfiles(ctx context.Context, o options) error {
	dir, err := os.MkdirTemp("", "verifybench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	for _, name := range shipped {
		b, err := o.open(ctx, name, filepath.Join(dir, name))
		if err != nil {
			return err
		}
		prompts, err := prompts(o.corpus, b.tok, o.plan.Seed)
		if err != nil {
			return err
		}
		profile, err := b.cast.calibrate(ctx, prompts, o.plan, os.Stderr)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		bz, err := json.MarshalIndent(profile, "", "  ")
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(o.models, name, "profile.json"), append(bz, '\n'), 0o644); err != nil {
			return err
		}
	}
	return nil
}

func measure(ctx context.Context, o options) error {
	dir, err := os.MkdirTemp("", "verifybench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	b, err := o.open(ctx, base, dir)
	if err != nil {
		return err
	}
	c := b.cast
	if c.smaller, err = o.engine(small); err != nil {
		return err
	}
	if c.tuned, err = o.engine(tuned); err != nil {
		return err
	}
	prompts, err := prompts(o.corpus, b.tok, o.plan.Seed)
	if err != nil {
		return err
	}
	out, err := run(ctx, c, prompts, o.plan, os.Stderr)
	if err != nil {
		return err
	}
	if err := out.write(o.page, o.figures); err != nil {
		return err
	}
	fmt.Println(out.table())
	return out.goals()
}

// The shipped models: the one that is pinned, one of a fraction of its parameters, and one that was trained on from it.
const (
	base  = "sotu-base"
	small = "sotu-small"
	tuned = "sotu-late"
)

var shipped = []string{base, "sotu-early", tuned}

// opened is a pinned version with its honest variants and its cheap form.
type opened struct {
	cast cast
	tok  *tokenizer.Tokenizer
}

func (o options) file(name string) string { return filepath.Join(o.models, name, "model.gguf") }

func (o options) engine(name string) (own, error) {
	e, err := engine.Open(o.file(name), "")
	if err != nil {
		return own{}, fmt.Errorf("%w; make the models with: make models", err)
	}
	return own{e}, nil
}

// open brings a shipped model as the pinned version, and what is made of its file in a folder: float32 and q4_0 forms, and
// llama.cpp.
func (o options) open(ctx context.Context, name, dir string) (opened, error) {
	pinned, err := o.engine(name)
	if err != nil {
		return opened{}, err
	}
	end := pinned.EndToken()
	out := opened{tok: pinned.Model().Tokenizer, cast: cast{pinned: pinned, end: end, variants: map[string]model{}}}
	f, err := gguf.Open(o.file(name))
	if err != nil {
		return out, err
	}
	defer f.Close()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return out, err
	}
	for kind, into := range map[gguf.TensorType]func(model){
		gguf.F32:  func(m model) { out.cast.variants["float32 arithmetic"] = m },
		gguf.Q4_0: func(m model) { out.cast.heavier = m },
	} {
		path := filepath.Join(dir, kind.String()+".gguf")
		if err := requantize(f, path, kind); err != nil {
			return out, err
		}
		e, err := engine.Open(path, "")
		if err != nil {
			return out, err
		}
		into(own{e})
	}
	return out, o.startPeers(ctx, o.file(name), out.cast)
}

// startPeers adds what other engines make of the file to the honest variants.
func (o options) startPeers(ctx context.Context, file string, c cast) error {
	add := func(name string, command []string, batch int) (err error) {
		c.variants[name], err = startPeer(ctx, name, command, c.end, batch)
		return err
	}
	places := map[string]string{}
	if o.peer {
		places["llama.cpp"] = ""
	}
	if o.gpu != "" {
		places["llama.cpp on a GPU"] = o.gpu
	}
	for name, gpu := range places {
		command, err := llamaCpp(file, gpu)
		if err != nil {
			return err
		}
		if err := errors.Join(add(name, command, together), add(name+", token by token", command, 1)); err != nil {
			return err
		}
	}
	if o.torch == "" {
		return nil
	}
	for _, precision := range o.precisions {
		if err := add(fmt.Sprintf("PyTorch in %s (%s)", precision, o.torch), torch(file, o.torch, precision), together); err != nil {
			return err
		}
	}
	return nil
}

// together is how many tokens an engine may compute at once: more than any prompt here has.
const together = 512

// requantize writes the model's matrices as another type into a file.
func requantize(f *gguf.File, path string, to gguf.TensorType) error {
	w, err := os.Create(path)
	if err != nil {
		return err
	}
	return errors.Join(quant.Convert(w, f, to), w.Close())
}

// prompts gives for each number a passage of a speech that is held out from training, as the model sees it.
func prompts(folder string, tok *tokenizer.Tokenizer, seed uint64) (func(n int) []int, error) {
	docs, err := corpus.Sotu(folder)
	if err != nil {
		return nil, err
	}
	_, heldOut := corpus.Split(docs)
	var words [][]string
	for _, d := range heldOut {
		if w := strings.Fields(d.Text); len(w) > 200 {
			words = append(words, w)
		}
	}
	if len(words) == 0 {
		return nil, fmt.Errorf("no speech of %s is held out", folder)
	}
	return func(n int) []int {
		r := rand.New(rand.NewPCG(seed, uint64(n)))
		w := words[r.IntN(len(words))]
		length := 6 + r.IntN(26)
		at := r.IntN(len(w) - length)
		return tok.Encode(strings.Join(w[at:at+length], " "), tokenizer.Options{})
	}, nil
}
