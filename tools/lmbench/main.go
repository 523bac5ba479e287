// Command lmbench measures how many tokens a second the embedded engine reads and writes beside llama.cpp: the same file, one
// thread each, by turns on this machine in this run. scripts/llamacpp.sh fetches llama.cpp.
//
//	go run ./tools/lmbench --file model.gguf --types f32,q8_0
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/agon-chain/agon/lm"
	"github.com/agon-chain/agon/lm/gguf"
	"github.com/agon-chain/agon/lm/quant"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := command().ExecuteContext(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "lmbench:", err)
		os.Exit(1)
	}
}

type options struct {
	file              string
	types             []string
	prefill, generate int
	rounds            int
}

func command() *cobra.Command {
	var o options
	cmd := &cobra.Command{
		Use: "lmbench", Short: "Measure the embedded engine beside llama.cpp",
		Args: cobra.NoArgs, SilenceUsage: true, SilenceErrors: true,
		RunE: func(cmd *cobra.Command, _ []string) error { return run(cmd.Context(), o, cmd.OutOrStdout()) },
	}
	f := cmd.Flags()
	f.StringVar(&o.file, "file", "", "the model, a GGUF file")
	f.StringSliceVar(&o.types, "types", []string{"f32", "f16", "q8_0", "q4_0"}, "types of weights to convert it to first")
	f.IntVar(&o.prefill, "prefill", 256, "tokens of the prompt that is read at once")
	f.IntVar(&o.generate, "generate", 128, "tokens that are written one by one")
	f.IntVar(&o.rounds, "rounds", 3, "times that each is measured, by turns; the best counts")
	_ = cmd.MarkFlagRequired("file") // the flag is there
	return cmd
}

// speed is how many seconds it took.
type speed struct {
	Prefill  float64 `json:"prefill_s"`
	Generate float64 `json:"generate_s"`
}

// best keeps the shorter times: what else runs on the machine only ever adds.
func (s *speed) best(other speed) {
	if s.Prefill == 0 {
		*s = other
	}
	s.Prefill, s.Generate = min(s.Prefill, other.Prefill), min(s.Generate, other.Generate)
}

func run(ctx context.Context, o options, w io.Writer) error {
	runtime.GOMAXPROCS(1)
	dir, err := os.MkdirTemp("", "lmbench")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "weights\tread: ours\tllama.cpp\tratio\twrite: ours\tllama.cpp\tratio\t")
	for _, name := range o.types {
		kind, err := gguf.ParseTensorType(name)
		if err != nil {
			return err
		}
		path := filepath.Join(dir, name+".gguf")
		if err := convert(o.file, path, kind); err != nil {
			return err
		}
		ours, theirs, err := compare(ctx, o, path)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		rate := func(n int, s float64) float64 { return float64(n) / s }
		fmt.Fprintf(t, "%s\t%.0f/s\t%.0f/s\t%.2f\t%.0f/s\t%.0f/s\t%.2f\t\n", name,
			rate(o.prefill, ours.Prefill), rate(o.prefill, theirs.Prefill), theirs.Prefill/ours.Prefill,
			rate(o.generate, ours.Generate), rate(o.generate, theirs.Generate), theirs.Generate/ours.Generate)
	}
	return t.Flush()
}

func convert(from, to string, kind gguf.TensorType) error {
	f, err := gguf.Open(from)
	if err != nil {
		return err
	}
	defer f.Close()
	w, err := os.Create(to)
	if err != nil {
		return err
	}
	if err := quant.Convert(w, f, kind); err != nil {
		_ = w.Close() // the first error says more
		return err
	}
	return w.Close()
}

func compare(ctx context.Context, o options, path string) (ours, theirs speed, err error) {
	m, err := lm.Open(path, lm.Options{})
	if err != nil {
		return ours, theirs, err
	}
	if n := max(o.prefill, o.generate+1); n > m.Config.Context {
		return ours, theirs, fmt.Errorf("%d tokens are more than the model's context of %d", n, m.Config.Context)
	}
	cmd := exec.CommandContext(ctx, "node", "lm/testdata/llamacpp.mjs", path, "", "F16", fmt.Sprint(m.Config.Context))
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		return ours, theirs, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return ours, theirs, err
	}
	if err := cmd.Start(); err != nil {
		return ours, theirs, fmt.Errorf("node: %w; it is needed to run llama.cpp", err)
	}
	defer func() {
		_ = in.Close()
		_ = cmd.Wait() // it ends with its input
	}()
	lines := bufio.NewScanner(out)
	if !lines.Scan() {
		return ours, theirs, fmt.Errorf("llama.cpp did not start; run scripts/llamacpp.sh, and this from the repository's root")
	}
	for range o.rounds {
		one, err := measure(ctx, m, o)
		if err != nil {
			return ours, theirs, err
		}
		ours.best(one)
		if _, err := fmt.Fprintf(in, "{\"do\":\"bench\",\"prefill\":%d,\"generate\":%d}\n", o.prefill, o.generate); err != nil {
			return ours, theirs, err
		}
		if !lines.Scan() {
			return ours, theirs, fmt.Errorf("llama.cpp has ended: %w", lines.Err())
		}
		var other struct {
			speed
			Error string `json:"error"`
		}
		if err := json.Unmarshal(lines.Bytes(), &other); err != nil || other.Error != "" {
			return ours, theirs, fmt.Errorf("llama.cpp says %s", lines.Bytes())
		}
		theirs.best(other.speed)
	}
	return ours, theirs, nil
}

// measure does what llamacpp.mjs does: the median of five.
func measure(ctx context.Context, m *lm.Model, o options) (speed, error) {
	token := func(i int) int { return 3 + i%(m.Config.Vocabulary-3) }
	prompt := make([]int, o.prefill)
	for i := range prompt {
		prompt[i] = token(i)
	}
	s := m.NewSession(lm.SessionOptions{})
	var read, write []float64
	for range 5 {
		s.Truncate(0)
		start := time.Now()
		if _, err := s.Prefill(ctx, prompt); err != nil {
			return speed{}, err
		}
		read = append(read, time.Since(start).Seconds())
		s.Truncate(0)
		if _, err := s.Decode(1); err != nil {
			return speed{}, err
		}
		start = time.Now()
		for i := range o.generate {
			if _, err := s.Decode(token(i)); err != nil {
				return speed{}, err
			}
		}
		write = append(write, time.Since(start).Seconds())
	}
	slices.Sort(read)
	slices.Sort(write)
	return speed{read[2], write[2]}, nil
}
