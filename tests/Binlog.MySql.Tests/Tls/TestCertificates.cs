using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Binlog.MySql.Tests.Tls;

/// <summary>A private authority with a server's and a client's certificate, in PEM files that disappear with it.</summary>
public sealed class TestCertificates : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("binlog-tls-").FullName;

    public TestCertificates(string serverName = "localhost", bool withLoopbackAddress = true)
    {
        using var authorityKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=Test authority", authorityKey, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        using var authority = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(2));
        File.WriteAllText(CaFile, authority.ExportCertificatePem());

        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(serverName);
        if (withLoopbackAddress)
        {
            names.AddIpAddress(IPAddress.Loopback);
        }

        Issue(authority, $"CN={serverName}", names, ServerCertFile, ServerKeyFile);
        Issue(authority, "CN=client", null, ClientCertFile, ClientKeyFile);
    }

    public string CaFile => Path.Combine(_folder, "ca.pem");

    public string ServerCertFile => Path.Combine(_folder, "server.pem");

    public string ServerKeyFile => Path.Combine(_folder, "server-key.pem");

    public string ClientCertFile => Path.Combine(_folder, "client.pem");

    public string ClientKeyFile => Path.Combine(_folder, "client-key.pem");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static void Issue(X509Certificate2 authority, string subject, SubjectAlternativeNameBuilder? names, string certFile, string keyFile)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(subject, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        if (names is not null)
        {
            request.CertificateExtensions.Add(names.Build());
        }

        using var certificate = request.Create(authority, DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow.AddDays(1), RandomNumberGenerator.GetBytes(8));
        File.WriteAllText(certFile, certificate.ExportCertificatePem());
        File.WriteAllText(keyFile, key.ExportPkcs8PrivateKeyPem());
    }
}
