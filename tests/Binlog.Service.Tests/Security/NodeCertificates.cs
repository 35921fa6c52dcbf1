using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Binlog.Grpc;
using Binlog.Service.Configuration;

namespace Binlog.Service.Tests.Security;

/// <summary>A private authority and node certificates that it signed, valid for both ends of a connection, as PEM files.</summary>
internal sealed class NodeCertificates : IDisposable
{
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";
    private const string ClientAuthentication = "1.3.6.1.5.5.7.3.2";

    private readonly TemporaryDirectory _directory = new();
    private readonly X509Certificate2 _authority;

    public NodeCertificates()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=Authority of a test", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        _authority = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(30));
        CaFile = _directory.Write("ca.pem", _authority.ExportCertificatePem());
    }

    public string CaFile { get; }

    /// <summary>A certificate for 127.0.0.1 with a common name, and its key.</summary>
    public (string CertFile, string KeyFile) Issue(string commonName)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=" + commonName, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(ServerAuthentication), new Oid(ClientAuthentication)], false));
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        using X509Certificate2 certificate = request.Create(_authority, DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow.AddDays(10), RandomNumberGenerator.GetBytes(8));
        return (_directory.Write(commonName + ".pem", certificate.ExportCertificatePem()), _directory.Write(commonName + ".key", key.ExportPkcs8PrivateKeyPem()));
    }

    /// <summary>The configuration of a node with such a certificate.</summary>
    public SecurityOptions Node(string commonName, params string[] allowedCommonNames)
    {
        (string certFile, string keyFile) = Issue(commonName);
        return new SecurityOptions { CaFile = CaFile, CertFile = certFile, KeyFile = keyFile, AllowedCommonNames = allowedCommonNames };
    }

    /// <summary>Files of a client that trusts the authority; without a name it has no certificate of its own.</summary>
    public GrpcTls Client(string? commonName)
    {
        (string? certFile, string? keyFile) = commonName is null ? (null, null) : Issue(commonName);
        return new GrpcTls { CaFile = CaFile, CertFile = certFile, KeyFile = keyFile };
    }

    public void Dispose()
    {
        _authority.Dispose();
        _directory.Dispose();
    }
}
