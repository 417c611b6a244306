//! A certificate authority of the sandbox's own, kept in a folder so that it is trusted once.

use std::fs;
use std::io;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer,
    KeyPair, KeyUsagePurpose, SanType,
};
use rustls::ServerConfig;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

/// Where the CA's certificate and key are kept.
#[derive(Debug, Clone)]
pub struct TlsOptions {
    /// A folder; `ca.pem` and `ca-key.pem` are made in it when they are missing.
    pub dir: PathBuf,
}

/// Why TLS could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// The folder could not be read or written.
    #[error("the CA folder {0} cannot be used: {1}")]
    Folder(PathBuf, io::Error),
    /// A certificate could not be made, or the kept key is damaged.
    #[error("a certificate could not be made: {0}")]
    Certificate(#[from] rcgen::Error),
    /// The TLS library refused the configuration.
    #[error("TLS could not be configured: {0}")]
    Configuration(#[from] rustls::Error),
}

/// The server's configuration and the CA certificate (PEM) that clients must trust.
pub(crate) fn prepare(
    options: &TlsOptions,
    hosts: &[String],
) -> Result<(Arc<ServerConfig>, String), TlsError> {
    let folder = |error| TlsError::Folder(options.dir.clone(), error);
    fs::create_dir_all(&options.dir).map_err(folder)?;
    let key = ca_key(&options.dir)?;
    let params = ca_params();
    let path = options.dir.join("ca.pem");
    let ca_pem = if path.exists() {
        fs::read_to_string(&path).map_err(folder)?
    } else {
        let pem = params.self_signed(&key)?.pem();
        fs::write(&path, &pem).map_err(folder)?;
        pem
    };
    let leaf_key = KeyPair::generate()?;
    let leaf = leaf_params(hosts)?.signed_by(&leaf_key, &Issuer::new(params, key))?;
    let private = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(leaf_key.serialize_der()));
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(vec![leaf.der().clone()], private)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok((Arc::new(config), ca_pem))
}

fn ca_key(dir: &Path) -> Result<KeyPair, TlsError> {
    let path = dir.join("ca-key.pem");
    let folder = |error| TlsError::Folder(dir.to_owned(), error);
    if path.exists() {
        return Ok(KeyPair::from_pem(&fs::read_to_string(&path).map_err(folder)?)?);
    }
    let key = KeyPair::generate()?;
    write_private(&path, &key.serialize_pem()).map_err(folder)?;
    // A certificate of an older, lost key would not fit this one.
    let _ = fs::remove_file(dir.join("ca.pem"));
    Ok(key)
}

#[cfg(unix)]
fn write_private(path: &Path, text: &str) -> io::Result<()> {
    use std::io::Write as _;
    use std::os::unix::fs::OpenOptionsExt as _;
    fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?.write_all(text.as_bytes())
}

#[cfg(not(unix))]
fn write_private(path: &Path, text: &str) -> io::Result<()> {
    fs::write(path, text)
}

fn ca_params() -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = named("Switchboard sandbox CA (for trials only)");
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params
}

fn leaf_params(hosts: &[String]) -> Result<CertificateParams, rcgen::Error> {
    let mut params = CertificateParams::default();
    params.distinguished_name = named("Switchboard sandbox");
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.use_authority_key_identifier_extension = true;
    for host in hosts {
        params.subject_alt_names.push(match host.parse::<IpAddr>() {
            Ok(address) => SanType::IpAddress(address),
            Err(_) => SanType::DnsName(host.as_str().try_into()?),
        });
    }
    Ok(params)
}

fn named(name: &str) -> DistinguishedName {
    let mut names = DistinguishedName::new();
    names.push(DnType::CommonName, name);
    names
}
