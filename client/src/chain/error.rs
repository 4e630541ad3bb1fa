use subxt::{error::DispatchError, utils::H256};

/// What can go wrong between here and the chain.
#[derive(Debug, thiserror::Error)]
pub enum Error {
	/// There is no node at that address, or it went away. Nothing was sent.
	#[error("not connected to {url}: {why}\nStart a node, or name another one with --url.")]
	NotConnected {
		/// The address.
		url: String,
		/// What was seen.
		why: String,
	},
	/// The call was not sent: it could not have succeeded.
	#[error("refused before sending: {why}")]
	Refused {
		/// Why.
		why: String,
	},
	/// The call was handed to a node, and what became of it is not known. Whoever sends it again
	/// without looking may pay twice.
	#[error(
		"transaction {extrinsic:?} was sent, and what became of it is not known: {why}\n\
		 It may still be included: look with `guerdon tx status {extrinsic:?}` before you send it again."
	)]
	Unconfirmed {
		/// The transaction's hash.
		extrinsic: H256,
		/// What was seen, or not seen.
		why: String,
	},
	/// The call was sent and failed. Its fee is spent, nothing else changed.
	#[error("{pallet}.{error}: {doc}")]
	Failed {
		/// The pallet, or `Token`, `Arithmetic`, `Transactional` or `Runtime` for what none of them
		/// says.
		pallet: String,
		/// The error's name.
		error: String,
		/// Its documentation: what to do.
		doc: String,
	},
	/// There is no such thing at that block.
	#[error("there is no {0}")]
	NotFound(String),
	/// The node's answer is not understood: client and runtime are of different versions.
	#[error("the node's answer is not understood, is this client older than the runtime? ({0})")]
	Decode(String),
	/// The home folder belongs to another chain, or does not tell to which one.
	#[error("{why}")]
	Home {
		/// Why, and what to do.
		why: String,
	},
}

impl Error {
	/// Whether the chain said so by this name, as `Pallet.Error`.
	pub fn is(&self, name: &str) -> bool {
		matches!(self, Error::Failed { pallet, error, .. } if format!("{pallet}.{error}") == name)
	}
}

impl From<DispatchError> for Error {
	fn from(error: DispatchError) -> Self {
		if let DispatchError::Module(module) = &error {
			if let Ok(details) = module.details() {
				return Error::Failed {
					pallet: details.pallet.name().into(),
					error: details.variant.name.clone(),
					doc: details.variant.docs.join(" ").trim().into(),
				};
			}
		}
		let doc = error.to_string();
		let (pallet, error) = match error {
			DispatchError::Module(_) => ("Runtime", "Failed".into()),
			DispatchError::Token(error) => ("Token", format!("{error:?}")),
			DispatchError::Arithmetic(error) => ("Arithmetic", format!("{error:?}")),
			DispatchError::Transactional(error) => ("Transactional", format!("{error:?}")),
			error => ("Runtime", format!("{error:?}")),
		};
		Error::Failed {
			pallet: pallet.into(),
			error,
			doc,
		}
	}
}

/// For reads, and for what comes before a call is sent: never for what comes after.
impl From<subxt::Error> for Error {
	fn from(error: subxt::Error) -> Self {
		let text = causes(&error);
		match error.is_disconnected_will_reconnect() || is_loss_of_contact(&text) {
			true => Error::NotConnected {
				url: "the node".into(),
				why: text,
			},
			false => Error::Decode(text),
		}
	}
}

/// subxt keeps what its transport says as text only.
fn is_loss_of_contact(text: &str) -> bool {
	[
		"closed",
		"onnection",
		"client error",
		"subscription dropped",
		"imeout",
	]
	.into_iter()
	.any(|said| text.contains(said))
}

/// An error with all its causes.
pub(super) fn causes(error: &dyn std::error::Error) -> String {
	let mut text = error.to_string();
	let mut next = error.source();
	while let Some(cause) = next {
		let more = cause.to_string();
		if !text.contains(&more) {
			text = format!("{text}: {more}");
		}
		next = cause.source();
	}
	text
}

#[cfg(test)]
mod tests {
	use super::*;
	use subxt::error::{BackendError, RpcError, RuntimeApiError, TokenError};

	#[test]
	fn what_no_pallet_says_has_a_name_too() {
		let funds = Error::from(DispatchError::Token(TokenError::FundsUnavailable));
		assert!(funds.is("Token.FundsUnavailable"), "{funds}");
		let exhausted = Error::from(DispatchError::Exhausted);
		assert!(exhausted.is("Runtime.Exhausted"), "{exhausted}");
	}

	#[test]
	fn loss_of_contact_is_told_from_answers_that_are_not_understood() {
		let client = subxt::rpcs::Error::Client("The background task closed".into());
		let lost: [BackendError; 2] = [client.into(), RpcError::SubscriptionDropped.into()];
		for error in lost {
			let error = subxt::Error::from(RuntimeApiError::CannotCallApi(error));
			let error = Error::from(error);
			assert!(matches!(error, Error::NotConnected { .. }), "{error:?}");
		}
		let error = subxt::Error::from(RuntimeApiError::TraitNotFound("GuerdonApi".into()));
		assert!(matches!(Error::from(error), Error::Decode(_)));
	}

	#[test]
	fn whoever_does_not_know_is_told_the_whole_hash_and_how_to_look() {
		let error = Error::Unconfirmed {
			extrinsic: H256([7; 32]),
			why: "the node went away".into(),
		};
		let told = format!("guerdon tx status 0x{}", "07".repeat(32));
		assert!(error.to_string().contains(&told), "{error}");
	}
}
