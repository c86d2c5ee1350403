//! What a function talks to: the Runtime API, the table, the secrets and the issuer, on ports of this machine.
//!
//! The table is empty: it knows no reset and no account, and takes what is written. So no engine's time is measured.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use aws::config::system::SystemClock;
use data_encoding::BASE64;
use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use local::Issuer;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use shared::credentials::token::IssuerKeys;
use shared::time::Clock;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio_rustls::TlsAcceptor;

use crate::process;
use crate::subjects::Subject;

const ACCESS: &str = include_str!("../../../infra/access.json");
/// The name of the error with which DynamoDB refuses a write whose condition does not hold.
const ERROR: &str = "com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException";

/// A request to the table, the secrets or the issuer.
#[derive(Debug)]
pub(crate) struct Answered {
    pub(crate) operation: String,
    pub(crate) began: Instant,
    pub(crate) ended: Instant,
}

/// A response of the program.
#[derive(Debug)]
pub(crate) struct Responded {
    pub(crate) at: Instant,
    /// Processor time of the process until then, in milliseconds.
    pub(crate) cpu: f64,
    pub(crate) body: Value,
}

/// What one start of a program did.
#[derive(Debug, Default)]
pub(crate) struct Log {
    pub(crate) ready: Option<Instant>,
    pub(crate) answered: Vec<Answered>,
    pub(crate) responses: Vec<Responded>,
    pub(crate) connections: usize,
    process: u32,
    event: String,
    events: usize,
    sent: usize,
    update_fails: bool,
}

#[derive(Clone)]
pub(crate) struct StandIn {
    log: Arc<Mutex<Log>>,
    finished: Arc<Notify>,
    delay: Duration,
    keys: String,
    runtime_port: u16,
    aws: String,
    issuer: String,
    certificates: PathBuf,
    tls: bool,
}

#[derive(Clone, Copy)]
enum Role {
    Runtime,
    Aws,
    Issuer,
}

impl StandIn {
    pub(crate) async fn start(folder: &Path, issuer: &Issuer, tls: bool, delay: Duration) -> Self {
        let certificates = CertificateDer::pem_file_iter(folder.join("certificate.pem")).unwrap();
        let certificates = certificates.collect::<Result<Vec<_>, _>>().unwrap();
        let key = PrivateKeyDer::from_pem_file(folder.join("key.pem")).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config =
            rustls::ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
        let config = config.with_no_client_auth().with_single_cert(certificates, key).unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let mut listeners = Vec::new();
        for _ in 0..3 {
            listeners.push(TcpListener::bind("127.0.0.1:0").await.unwrap());
        }
        let ports: Vec<u16> = listeners.iter().map(|one| one.local_addr().unwrap().port()).collect();
        let stand_in = Self {
            log: Arc::default(),
            finished: Arc::default(),
            delay,
            keys: serde_json::to_string(&*issuer.keys(false).await.unwrap()).unwrap(),
            runtime_port: ports[0],
            aws: if tls { format!("https://localhost:{}", ports[1]) } else { format!("http://127.0.0.1:{}", ports[1]) },
            issuer: format!("https://localhost:{}/jwks", ports[2]),
            certificates: folder.to_owned(),
            tls,
        };
        for (listener, role) in listeners.into_iter().zip([Role::Runtime, Role::Aws, Role::Issuer]) {
            let acceptor = match role {
                Role::Runtime => None,
                Role::Aws => tls.then(|| acceptor.clone()),
                Role::Issuer => Some(acceptor.clone()),
            };
            tokio::spawn(stand_in.clone().listen(listener, role, acceptor));
        }
        stand_in
    }

    /// Forgets the last program, and prepares events for the next.
    pub(crate) fn prepare(&self, subject: &Subject, events: usize) {
        *self.state() =
            Log { event: subject.event.clone(), events, update_fails: subject.update_fails, ..Log::default() };
    }

    /// Measures the processor time of this process.
    pub(crate) fn watch(&self, process: u32) {
        self.state().process = process;
    }

    /// Returns once the program asks for one event more than there are.
    pub(crate) async fn finished(&self) {
        self.finished.notified().await;
    }

    pub(crate) fn log(&self) -> Log {
        std::mem::take(&mut *self.state())
    }

    /// The environment that Lambda and the template give a function.
    pub(crate) fn environment(&self, subject: &Subject) -> BTreeMap<String, String> {
        let mut all = BTreeMap::from(
            [
                ("AWS_LAMBDA_RUNTIME_API", format!("127.0.0.1:{}", self.runtime_port).as_str()),
                ("AWS_REGION", "us-east-1"),
                ("AWS_DEFAULT_REGION", "us-east-1"),
                ("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE"),
                ("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
                ("AWS_SESSION_TOKEN", "t"),
                ("AWS_ENDPOINT_URL", &self.aws),
                ("AWS_LAMBDA_FUNCTION_NAME", "f"),
                ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "512"),
                ("AWS_LAMBDA_FUNCTION_VERSION", "1"),
                ("AWS_LAMBDA_LOG_STREAM_NAME", "s"),
                ("AWS_LAMBDA_LOG_GROUP_NAME", "g"),
                ("_HANDLER", "bootstrap"),
                ("PATH", "/usr/local/bin:/usr/bin:/bin"),
                ("LANG", "C.UTF-8"),
                ("REKEY_TABLE", "rekey"),
                ("REKEY_ISSUER", local::ISSUER),
                ("REKEY_AUDIENCE", local::AUDIENCE),
                ("REKEY_JWKS_URL", &self.issuer),
                ("REKEY_ORGANISATION", "Contoso"),
                ("REKEY_DOMAIN", "contoso.example"),
                ("REKEY_VOICE_ORIGINATION", "+14255550100"),
                ("REKEY_MAIL_FROM", "reset@contoso.example"),
                ("REKEY_PUBLIC_URL", "https://api.contoso.example"),
            ]
            .map(|(name, value)| (name.to_owned(), value.to_owned())),
        );
        // The stand-ins' certificate is signed by an authority of their own. Functions that see none of it trust what
        // they trust in a deployment.
        if self.tls || subject.uses_issuer {
            let file = |name: &str| self.certificates.join(name).display().to_string();
            all.insert("SSL_CERT_FILE".to_owned(), file("roots.pem"));
            all.insert("AWS_CA_BUNDLE".to_owned(), file("roots.pem"));
            // Node.js trusts these beside its own.
            all.insert("NODE_EXTRA_CA_CERTS".to_owned(), file("authority.pem"));
        }
        let access: Value = serde_json::from_str(ACCESS).unwrap();
        let secrets = subject.function.map(|function| access[function]["secrets"].as_array().unwrap().clone());
        for secret in secrets.into_iter().flatten() {
            let ring = secret.as_str().unwrap().strip_suffix("KeysSecret").unwrap().to_uppercase();
            all.insert(
                format!("REKEY_{ring}_KEYS"),
                format!("arn:aws:secretsmanager:us-east-1:111122223333:secret:{ring}"),
            );
        }
        all
    }

    fn state(&self) -> MutexGuard<'_, Log> {
        self.log.lock().unwrap()
    }

    async fn listen(self, listener: TcpListener, role: Role, acceptor: Option<TlsAcceptor>) {
        while let Ok((stream, _)) = listener.accept().await {
            stream.set_nodelay(true).unwrap();
            if !matches!(role, Role::Runtime) {
                self.state().connections += 1;
            }
            let (stand_in, acceptor) = (self.clone(), acceptor.clone());
            tokio::spawn(async move {
                match acceptor {
                    Some(acceptor) => {
                        if let Ok(stream) = acceptor.accept(stream).await {
                            stand_in.serve(stream, role).await;
                        }
                    }
                    None => stand_in.serve(stream, role).await,
                }
            });
        }
    }

    async fn serve(self, stream: impl AsyncRead + AsyncWrite + Unpin, role: Role) {
        let service = service_fn(|request| {
            let stand_in = self.clone();
            async move {
                Ok::<_, Infallible>(match role {
                    Role::Runtime => stand_in.runtime(request).await,
                    Role::Aws => stand_in.aws(request).await,
                    Role::Issuer => stand_in.issuer().await,
                })
            }
        });
        // The process is killed while it waits for an event, so the connection may break.
        let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
    }

    async fn runtime(self, request: Request<Incoming>) -> Response<Full<Bytes>> {
        let now = Instant::now();
        if request.uri().path().ends_with("/next") {
            let (event, number) = {
                let state = &mut *self.state();
                state.ready.get_or_insert(now);
                state.sent += 1;
                (state.event.clone(), (state.sent <= state.events).then_some(state.sent))
            };
            let Some(number) = number else {
                self.finished.notify_one();
                return std::future::pending().await;
            };
            let deadline = SystemClock.now().plus(20).millis();
            return Response::builder()
                .header("Content-Type", "application/json")
                .header("Lambda-Runtime-Aws-Request-Id", format!("00000000-0000-4000-8000-{number:012}"))
                .header("Lambda-Runtime-Deadline-Ms", deadline.to_string())
                .header("Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:us-east-1:111122223333:function:f")
                .header("Lambda-Runtime-Trace-Id", "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=0")
                .body(Full::from(event))
                .unwrap();
        }
        let process = self.state().process;
        let cpu = process::cpu(process);
        let body = request.into_body().collect().await.unwrap().to_bytes();
        let body = serde_json::from_slice(&body).unwrap_or_default();
        self.state().responses.push(Responded { at: now, cpu, body });
        Response::builder().status(202).body(Full::default()).unwrap()
    }

    async fn aws(self, request: Request<Incoming>) -> Response<Full<Bytes>> {
        let began = Instant::now();
        let target = request.headers().get("x-amz-target").and_then(|value| value.to_str().ok()).unwrap_or_default();
        let operation = target.rsplit('.').next().unwrap_or_default().to_owned();
        let body = request.into_body().collect().await.unwrap().to_bytes();
        self.wait().await;
        let body: Value = serde_json::from_slice(&body).unwrap_or_default();
        let (status, answer) = match operation.as_str() {
            "BatchGetSecretValue" => {
                let ids = body["SecretIdList"].as_array().unwrap();
                (200, json!({"SecretValues": ids.iter().map(secret).collect::<Vec<_>>()}))
            }
            "GetSecretValue" => (200, secret(&body["SecretId"])),
            "UpdateItem" if self.state().update_fails => (400, json!({"__type": ERROR, "message": "refused"})),
            "BatchGetItem" => (200, json!({"Responses": {}, "UnprocessedKeys": {}})),
            "Query" => (200, json!({"Items": [], "Count": 0, "ScannedCount": 0})),
            _ => (200, json!({})),
        };
        self.state().answered.push(Answered { operation, began, ended: Instant::now() });
        let response = Response::builder().status(status).header("Content-Type", "application/x-amz-json-1.0");
        response.body(Full::from(answer.to_string())).unwrap()
    }

    async fn issuer(self) -> Response<Full<Bytes>> {
        let began = Instant::now();
        self.wait().await;
        self.state().answered.push(Answered { operation: "JWKS".to_owned(), began, ended: Instant::now() });
        Response::builder().header("Content-Type", "application/json").body(Full::from(self.keys)).unwrap()
    }

    async fn wait(&self) {
        if !self.delay.is_zero() {
            tokio::time::sleep(self.delay).await;
        }
    }
}

/// A secret with one key, which follows from its name.
fn secret(id: &Value) -> Value {
    let key = BASE64.encode(&Sha256::digest(id.as_str().unwrap()));
    let text = json!({"versions": {"1": key}}).to_string();
    json!({"ARN": id, "Name": id, "VersionId": "1".repeat(32), "SecretString": text})
}
