package cmd

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/agon-chain/agon/task"
	"github.com/agon-chain/agon/task/chat/engine"
	"github.com/agon-chain/agon/task/chat/measure"
	"github.com/agon-chain/agon/task/chat/pinned"
	"github.com/agon-chain/agon/task/chat/remote"
	"github.com/agon-chain/agon/verify/calibrate"
	"github.com/agon-chain/agon/verify/sequential"
)

// calibration is what the flags of calibrate say.
type calibration struct {
	config                         measure.Config
	file, verifier, template, text string
	verifierModel, verifierKey     string
	profile, output                string
	with                           []string
}

func newCalibrate() *cobra.Command {
	var k calibration
	c := &cobra.Command{
		Use:   "calibrate",
		Short: "Measure what deviation is honest of a server that serves a pinned version, and write its profile",
		Long: `calibrate asks an OpenAI-compatible server (vLLM, SGLang, llama.cpp) that serves a pinned version seeded questions, with log-probabilities, and
compares every answer with the reference: the version's GGUF file, computed here, or with --verifier-url a server of your own that is believed. It
prints what was measured, and with --profile writes what validators need as models/NAME@VERSION.profile.json.

Calibrate on each engine, precision and kind of hardware that the pin is to allow, in turn, and give the earlier profiles with --with: the profile
that is written is fair to all. What no calibration has seen is treated as a cheat.

Refused is a server that no profile could be fair to: without log-probabilities or with useless ones, with another tokenizer, that ignores seeds,
draws otherwise than it is asked to, bills otherwise, or runs another model.`,
		Example: `  agon-validator calibrate --url http://127.0.0.1:8080/v1 --file models/m@1/model.gguf --text ./text --profile models/m@1.profile.json
  agon-validator calibrate --url http://10.0.0.2:8000/v1 --file m.vocabulary.gguf --verifier-url http://127.0.0.1:8000/v1 --text ./text --output json`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return k.run(c) },
	}
	f := c.Flags()
	f.StringVar(&k.config.Server.URL, "url", "", "the server to calibrate on, such as http://127.0.0.1:8000/v1")
	f.StringVar(&k.config.Server.Model, "model", "", "as the server calls it (empty: the one that it lists)")
	f.StringVar(&k.config.Server.APIKeyEnv, "api-key-env", "", "environment variable with the server's key")
	f.StringVar(&k.file, "file", "", "the version's GGUF file; with --verifier-url its vocabulary is enough")
	f.StringVar(&k.template, "template", "", "how conversations are written: plain, chatml or llama3 (empty: as the file says)")
	f.StringVar(&k.verifier, "verifier-url", "", "a server of yours that verifies in the place of the file")
	f.StringVar(&k.verifierModel, "verifier-model", "", "as that server calls it")
	f.StringVar(&k.verifierKey, "verifier-api-key-env", "", "environment variable with that server's key")
	f.StringVar(&k.text, "text", "", "folder of .txt documents of the subnet's kind, to ask about")
	f.IntVar(&k.config.Questions, "questions", 240, "questions to ask, 16 to 100000, a quarter at temperature 0; a profile takes 1000 tokens of each kind")
	f.IntVar(&k.config.Tokens, "tokens", 24, "tokens of an answer, 8 to 256")
	f.IntVar(&k.config.AtOnce, "at-once", 8, "questions under way at once, 1 to 256: as many as the server will have")
	f.Uint64Var(&k.config.Seed, "seed", 1, "what questions come from")
	f.StringVar(&k.profile, "profile", "", "write the profile to this file; never over one that is there")
	f.StringArrayVar(&k.with, "with", nil, "profile of another engine that the pin allows; may be given several times")
	f.StringVarP(&k.output, "output", "o", "text", "text or json")
	for _, name := range []string{"url", "file", "text"} {
		_ = c.MarkFlagRequired(name) // the flag is there
	}
	return c
}

func (k *calibration) run(c *cobra.Command) error {
	if k.output != "text" && k.output != "json" {
		return fmt.Errorf("--output is %q, want text or json", k.output)
	}
	if k.profile != "" { // better now than after an hour
		if _, err := os.Stat(k.profile); err == nil {
			return fmt.Errorf("--profile: %s exists; remove it, or give another name", k.profile)
		}
	}
	var others []sequential.Profile
	for _, path := range k.with {
		p, err := pinned.ReadProfile(path)
		if err != nil {
			return fmt.Errorf("--with: %w", err)
		}
		others = append(others, p)
	}
	docs, err := pinned.Folder(k.text, "calibrate").Documents(c.Context(), task.Training)
	if err != nil {
		return err
	}
	k.config.Documents = docs
	if k.verifier != "" {
		text, err := engine.OpenText(k.file, k.template)
		if err != nil {
			return err
		}
		e, err := remote.Open(c.Context(), text, remote.Options{URL: k.verifier, Model: k.verifierModel, APIKeyEnv: k.verifierKey})
		if err != nil {
			return err
		}
		defer e.Close()
		k.config.Reference = e
	} else if k.config.Reference, err = engine.Open(k.file, k.template); err != nil {
		return fmt.Errorf("%w; a version that is not computed here is verified by a server: --verifier-url", err)
	}
	k.config.Progress = progress(c)
	r, err := measure.Run(c.Context(), k.config)
	if err != nil {
		return err
	}
	r.Profile = calibrate.Worst(append(others, r.Profile)...)
	if k.profile != "" {
		if err := writeProfile(k.profile, r.Profile); err != nil {
			return err
		}
		fmt.Fprintf(c.ErrOrStderr(), "wrote %s\n", k.profile)
	}
	if k.output == "text" {
		if err := r.Table(c.OutOrStdout()); err != nil {
			return err
		}
		if k.profile != "" {
			return nil
		}
		return encode(c, r.Profile)
	}
	return encode(c, r)
}

func encode(c *cobra.Command, v any) error {
	e := json.NewEncoder(c.OutOrStdout())
	e.SetIndent("", "  ")
	return e.Encode(v)
}

// progress tells how far it is, at most once a second.
func progress(c *cobra.Command) func(done, of int) {
	var last time.Time
	return func(done, of int) {
		if now := time.Now(); done == of || now.Sub(last) >= time.Second {
			last = now
			fmt.Fprintf(c.ErrOrStderr(), "%d of %d questions\n", done, of)
		}
	}
}

// writeProfile writes a file that was not there.
func writeProfile(path string, p sequential.Profile) error {
	b, err := json.MarshalIndent(p, "", "  ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	_, err = f.Write(append(b, '\n'))
	return errors.Join(err, f.Close())
}
