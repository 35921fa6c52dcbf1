using System.Security.Cryptography.X509Certificates;
using Binlog.Grpc.Tests.Fixtures;
using Binlog.Service.GrpcServer.Listening;

namespace Binlog.Grpc.Tests.Functional;

/// <summary>What a server's log says of a client's certificate that it does not take.</summary>
public sealed class ClientCertificateCheckTests : IDisposable
{
    private readonly TestCertificates _certificates = new();

    public void Dispose() => _certificates.Dispose();

    [Fact]
    public void Refuse_NoCertificate_SaysThatOneIsNeeded() =>
        Assert.Equal("it presented none, and one of the authorities in security.caFile is required", ClientCertificateCheck.Refuse(null, null, Authorities(_certificates), []));

    [Fact]
    public void Refuse_CommonNameNotAllowed_NamesTheCertificateAndWhatIsAllowed()
    {
        using X509Certificate2 certificate = Issue(_certificates, "stranger");

        string? reason = ClientCertificateCheck.Refuse(certificate, null, Authorities(_certificates), ["tidb", "drainer"]);

        Assert.StartsWith("the common name 'stranger' of CN=stranger (issued by ", reason, StringComparison.Ordinal);
        Assert.Contains($"serial number {certificate.SerialNumber}", reason, StringComparison.Ordinal);
        Assert.EndsWith("is none of security.allowedCommonNames (tidb, drainer)", reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Refuse_OtherAuthority_NamesTheCertificateAndWhy()
    {
        using var others = new TestCertificates();
        using X509Certificate2 certificate = Issue(others, "tidb");

        string? reason = ClientCertificateCheck.Refuse(certificate, null, Authorities(_certificates), []);

        Assert.Contains("CN=tidb (issued by ", reason, StringComparison.Ordinal);
        Assert.Contains("is not trusted by the authorities in security.caFile: ", reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Refuse_AllowedOne_DoesNot()
    {
        using X509Certificate2 certificate = Issue(_certificates, "tidb");

        Assert.Null(ClientCertificateCheck.Refuse(certificate, null, Authorities(_certificates), ["tidb"]));
        Assert.Null(ClientCertificateCheck.Refuse(certificate, null, Authorities(_certificates), []));
    }

    private static X509Certificate2 Issue(TestCertificates certificates, string commonName)
    {
        (string cert, string key) = certificates.Issue("client", commonName, server: false);
        return X509Certificate2.CreateFromPemFile(cert, key);
    }

    private static X509Certificate2Collection Authorities(TestCertificates certificates)
    {
        var authorities = new X509Certificate2Collection();
        authorities.ImportFromPemFile(certificates.CaFile);
        return authorities;
    }
}
