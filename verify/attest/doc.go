// Package attest verifies what confidential-computing hardware says of itself: that a device of a vendor, named by an id that the vendor gave it,
// answered to a nonce which binds one challenge to one miner.
//
// It is an interface and two verifiers. [Evidence] is a document of some kind; a [Verifier] judges documents of its kind against roots that it was
// made with; [Binding] says which nonce a document must be made for. [X509] is the plain form: a chain of certificates and claims that its leaf
// signs. [NVIDIA] reads the tokens of NVIDIA's remote attestation service. Another vendor is another Verifier.
//
// What verified evidence says: somebody who can use that device answered this challenge for this miner. What it does not say: that the device
// computed an answer, that the miner owns it, or that the machine around it is honest. The verifiers trust their roots entirely, look at no
// revocation list, ask nobody, and know no chain, no network and no clock: time is given to them.
//
// Missing evidence is no evidence: nothing here passes by default.
package attest
