package localnet

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

// The versions that the subnet for speeches pins, by the folders of the shipped models, the best for it first.
var speechModels = []string{"sotu-late", "sotu-base", "sotu-early"}

// cheapModel is what a cheat writes with.
const cheapModel = "sotu-small"

// pin is a shipped model's first version.
func pin(model string) string { return model + "@1" }

// speeches is the subnet for language models that continue speeches from 1950 on: one expert for them, the model that it was
// fine-tuned from, an expert for others, and three that cheat.
func speeches(h subnettypes.Hyperparams, modelsDir string) Subnet {
	h.Tempo = 30
	type model struct {
		Pin string `json:"pin"`
	}
	var pinned []model
	for _, m := range speechModels {
		pinned = append(pinned, model{pin(m)})
	}
	params, err := json.Marshal(map[string]any{"models": pinned, "max_context": 256, "max_tokens": 64})
	if err != nil {
		panic(err) // strings and numbers always encode
	}
	options := func(more map[string]string) string {
		b, err := json.Marshal(more)
		if err != nil {
			panic(err)
		}
		return string(b)
	}
	file := func(model string) string { return filepath.Join(modelsDir, model, "model.gguf") }
	gguf := func(model string) string {
		return options(map[string]string{"file": file(model), "serves": pin(model)})
	}
	best := speechModels[0]
	return Subnet{
		Name: "Speeches", Symbol: "SPEECH", TaskKind: "chat", TaskParams: string(params), Hyperparams: h,
		DataDir: filepath.Join(".agon", "data", "speeches"),
		Miners: []Miner{
			{Name: "late", Kind: "honest", Expert: "gguf", Options: gguf("sotu-late")},
			{Name: "base", Kind: "honest", Expert: "gguf", Options: gguf("sotu-base")},
			{Name: "early", Kind: "honest", Expert: "gguf", Options: gguf("sotu-early")},
			{Name: "quantizer", Kind: "quantizer", Expert: "quantizer", Options: gguf(best), Dishonest: true},
			{Name: "prefiller", Kind: "prefiller", Expert: "prefiller", Dishonest: true,
				Options: options(map[string]string{"file": file(cheapModel), "pinned": file(best), "serves": pin(best)})},
			{Name: "relay", Kind: "relay", Expert: "openai", Options: options(map[string]string{"serves": pin(best)}), Relay: "late"},
		},
		Validators: []Validator{
			{Name: "judge-1", Kind: "honest", Stake: agon(1_000), PerMiner: 16},
			{Name: "judge-2", Kind: "honest", Stake: agon(1_000), PerMiner: 16},
		},
	}
}

// LaySpeeches makes the data folder of the subnet for speeches: the pinned files with their profiles out of the shipped models, and
// as text the documents given, by name.
func LaySpeeches(dir, modelsDir string, documents map[string]string) error {
	for _, folder := range []string{"models", "text"} {
		if err := os.MkdirAll(filepath.Join(dir, folder), 0o755); err != nil {
			return err
		}
	}
	for _, m := range speechModels {
		for from, to := range map[string]string{"model.gguf": pin(m) + ".gguf", "profile.json": pin(m) + ".profile.json"} {
			if err := copyFile(filepath.Join(modelsDir, m, from), filepath.Join(dir, "models", to)); err != nil {
				return fmt.Errorf("%w; make the models with: make models", err)
			}
		}
	}
	for name, text := range documents {
		if err := os.WriteFile(filepath.Join(dir, "text", name+".txt"), []byte(text), 0o644); err != nil {
			return err
		}
	}
	return nil
}
