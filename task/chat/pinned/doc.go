// Package pinned examines miners of subnets whose parameters pin versions by their files: did the pinned model give the answer,
// and how good is that model.
//
// The two are apart. Which version answered is found out question by question, with the layers of package verify and an account
// for each miner and version. How good a version is does not depend on who serves it: the examiner measures it itself, on text
// that nobody is asked about, and every validator with the same parameters and material finds the same. An answer is worth its
// version's quality, less what of it is not the version's; once the account is enough, nothing.
//
// It needs each version's file and its calibration, and text of the subnet's kind, in the validator's data folder:
//
//	models/NAME@VERSION/              the version's files, one of them GGUF; checked against the root that the subnet pins
//	models/NAME@VERSION.profile.json  what is honest for it (package verify/calibrate)
//	text/*.txt                        documents
//
// A version that package lm does not compute is verified by a server of the validator's (package remote), which the examiner's options name by
// the version's root. Then the folder may be absent, and a GGUF file with the vocabulary is enough.
package pinned
