use subxt::error::{
	DispatchError, TransactionEventsError, TransactionFinalizedSuccessError, TransactionStatusError,
};

/// What can go wrong between here and the chain.
#[derive(Debug, thiserror::Error)]
pub enum Error {
	/// There is no node at that address, or it went away.
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
	/// The call was sent and failed. Its fee is spent, nothing else changed.
	#[error("{pallet}.{error}: {doc}")]
	Failed {
		/// The pallet.
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
	/// Nothing was heard of the transaction any more.
	#[error(
		"{0} was sent, and nothing was heard of it for too long: look with `guerdon tx status`"
	)]
	Timeout(String),
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
		Error::Failed {
			pallet: "Runtime".into(),
			error: "Failed".into(),
			doc: error.to_string(),
		}
	}
}

impl From<TransactionEventsError> for Error {
	fn from(error: TransactionEventsError) -> Self {
		match error {
			TransactionEventsError::ExtrinsicFailed(error) => error.into(),
			other => subxt::Error::from(other).into(),
		}
	}
}

impl From<TransactionStatusError> for Error {
	fn from(error: TransactionStatusError) -> Self {
		Error::Refused {
			why: error.to_string(),
		}
	}
}

impl From<subxt::Error> for Error {
	fn from(error: subxt::Error) -> Self {
		use subxt::error::ExtrinsicError;
		match error {
			subxt::Error::TransactionEventsError(error) => error.into(),
			subxt::Error::TransactionFinalizedSuccessError(
				TransactionFinalizedSuccessError::SuccessError(error),
			) => error.into(),
			subxt::Error::TransactionStatusError(error) => error.into(),
			subxt::Error::ExtrinsicError(ExtrinsicError::TransactionStatusError(error)) => {
				error.into()
			}
			subxt::Error::ExtrinsicError(ExtrinsicError::ErrorSubmittingTransaction(error)) => {
				Error::Refused {
					why: plain(&error.to_string()),
				}
			}
			other if other.is_disconnected_will_reconnect() => Error::NotConnected {
				url: "the node".into(),
				why: other.to_string(),
			},
			other => {
				let text = causes(&other);
				match text.contains("closed") || text.contains("onnection") {
					true => Error::NotConnected {
						url: "the node".into(),
						why: text,
					},
					false => Error::Decode(text),
				}
			}
		}
	}
}

/// An error with all its causes.
fn causes(error: &dyn std::error::Error) -> String {
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

/// What a node says of a transaction that it does not take, in words.
fn plain(text: &str) -> String {
	for (said, meant) in [
		(
			"Inability to pay",
			"the signer cannot pay the fee: it needs some GRD",
		),
		(
			"balance too low",
			"the signer cannot pay the fee: it needs some GRD",
		),
		(
			"Transaction is outdated",
			"the signer has sent another transaction meanwhile: try again",
		),
		(
			"Priority is too low",
			"the signer has a transaction waiting already: try again",
		),
		(
			"exhaust the block limits",
			"the call does not fit into a block: send less at a time",
		),
	] {
		if text.contains(said) {
			return format!("{meant} ({text})");
		}
	}
	text.into()
}
