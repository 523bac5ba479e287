package dishonest

import "github.com/agon-chain/agon/validator"

// Choose is the strategy of a valid configuration; the dishonest ones are reached only where it allows them.
func Choose(c validator.Config) validator.Strategy {
	switch {
	case c.AllowDishonest && c.Behaviour == validator.BehaviourCopier:
		return Copier{}
	case c.AllowDishonest && c.Behaviour == validator.BehaviourColluder:
		return Colluder{Favour: c.Favour}
	}
	return validator.Honest{}
}
